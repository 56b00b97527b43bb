import { callAwsJson, ServiceError } from '../http/call-aws-json.ts';
import { send } from '../http/send.ts';
import type { Queue } from '../sqs/queue-app.ts';
import type { SqsService } from '../sqs/start-sqs.ts';
import type { Declared } from './declared.ts';
import type { Stack } from './stack.ts';

export interface StoreUrls {
  readonly dynamodb: string;
  readonly s3: string;
}

/** Creates the tables, buckets and queues of a stack. Those that exist from an earlier start are kept as they are. */
export async function createResources(
  stack: Stack,
  { urls, sqs }: { readonly urls: StoreUrls; readonly sqs: Pick<SqsService, 'declare'> },
): Promise<void> {
  // A queue names its dead-letter queue, which must exist before it.
  const [plain, redriving] = partition(stack.queues, ({ properties }) => properties.RedrivePolicy === undefined);
  sqs.declare([...plain, ...redriving].map(queueOf));
  await Promise.all([
    ...stack.tables.map((table) => createTable(table, urls.dynamodb)),
    ...stack.buckets.map(({ ref }) => createBucket(ref, urls.s3)),
  ]);
}

async function createTable({ ref, properties }: Declared, url: string): Promise<void> {
  const call = (operation: string, input: unknown) =>
    callAwsJson({ url, target: `DynamoDB_20120810.${operation}`, input });
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } = properties;
  const { TimeToLiveSpecification } = properties;
  await unlessExists(
    call('CreateTable', {
      TableName: ref,
      AttributeDefinitions,
      KeySchema,
      GlobalSecondaryIndexes,
      LocalSecondaryIndexes,
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  if (TimeToLiveSpecification !== undefined)
    await call('UpdateTimeToLive', { TableName: ref, TimeToLiveSpecification });
}

async function createBucket(name: string, url: string): Promise<void> {
  const { status, body } = await send(`${url}/${name}`, { method: 'PUT' });
  if (status !== 200 && status !== 409) throw new Error(`cannot create the bucket ${name}: ${body}`);
}

const QUEUE_ATTRIBUTES = [
  'VisibilityTimeout',
  'DelaySeconds',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'FifoQueue',
  'ContentBasedDeduplication',
];

function queueOf({ ref, properties }: Declared): Queue {
  const given = QUEUE_ATTRIBUTES.filter((name) => properties[name] !== undefined);
  const Attributes = Object.fromEntries(given.map((name) => [name, attributeText(properties[name])]));
  return { QueueName: ref.split('/').at(-1) ?? ref, Attributes };
}

const attributeText = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

async function unlessExists(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!(error instanceof ServiceError && error.name === 'ResourceInUseException')) throw error;
  }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
