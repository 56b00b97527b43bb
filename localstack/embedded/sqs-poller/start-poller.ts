import { setTimeout as sleep } from 'node:timers/promises';
import { callAwsJson } from '../http/call-aws-json.ts';
import type { LambdaService } from '../lambda/lambda-service.ts';
import { REGION } from '../template/account.ts';
import { failedMessages } from './batch-response.ts';
import type { SqsMapping } from './mapping.ts';

/** SQS gives at most ten messages a call. */
const RECEIVE_LIMIT = 10;
const LONG_POLL_S = 10;
const RETRY_MS = 500;

export interface PollerOptions {
  readonly mapping: SqsMapping;
  readonly sqsUrl: string;
  readonly queueUrl: string;
  readonly lambda: Pick<LambdaService, 'invoke'>;
  /** Polling before this is in vain. */
  readonly from: Promise<void>;
}

export interface Poller {
  /** Lets the batch in progress go and stops polling. */
  stop(): Promise<void>;
}

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Invokes a function with the messages of a queue, batch by batch, and deletes those that it handled. */
export function startPoller(options: PollerOptions): Poller {
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  const loop = async () => {
    await Promise.race([options.from, stopped]);
    while (!stopping.signal.aborted) {
      try {
        const batch = await receive(options, stopping.signal);
        if (batch.length > 0) await handle(options, batch);
      } catch {
        // The queue could not be reached, or the cloud is stopping; messages that were received come back by themselves.
        await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  };
  // A second loop receives while the first handles; the order of a FIFO queue allows only one.
  const loops = options.mapping.queueArn.endsWith('.fifo') ? [loop()] : [loop(), loop()];
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function receive(options: PollerOptions, signal: AbortSignal): Promise<readonly Message[]> {
  const { batchSize, windowMs } = options.mapping;
  const batch = [...(await receiveSome(options, signal, { count: batchSize, waitS: LONG_POLL_S }))];
  const until = Date.now() + windowMs;
  while (batch.length > 0 && batch.length < batchSize) {
    const leftMs = until - Date.now();
    const more = await receiveSome(options, signal, {
      count: batchSize - batch.length,
      waitS: Math.max(0, Math.floor(leftMs / 1000)),
    });
    batch.push(...more);
    if (more.length === 0 && leftMs < 1000) break;
  }
  return batch;
}

async function receiveSome(
  { sqsUrl, queueUrl }: PollerOptions,
  signal: AbortSignal,
  { count, waitS }: { readonly count: number; readonly waitS: number },
): Promise<readonly Message[]> {
  const { Messages = [] } = await callAwsJson<{ Messages?: readonly Message[] }>({
    url: sqsUrl,
    target: 'AmazonSQS.ReceiveMessage',
    input: {
      QueueUrl: queueUrl,
      MaxNumberOfMessages: Math.min(count, RECEIVE_LIMIT),
      WaitTimeSeconds: waitS,
      MessageSystemAttributeNames: ['All'],
      AttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    },
    signal,
  });
  return Messages;
}

async function handle({ mapping, sqsUrl, queueUrl, lambda }: PollerOptions, batch: readonly Message[]): Promise<void> {
  const Records = batch.map((message) => record(message, mapping.queueArn));
  const outcome = await lambda.invoke(mapping.functionName, JSON.stringify({ Records }));
  if (!outcome.ok) return;
  const ids = batch.map(({ MessageId }) => MessageId);
  const failed = mapping.reportsFailures ? failedMessages(JSON.parse(outcome.payload), ids) : new Set<string>();
  const done = batch.filter(({ MessageId }) => !failed.has(MessageId));
  for (let from = 0; from < done.length; from += RECEIVE_LIMIT) {
    const Entries = done
      .slice(from, from + RECEIVE_LIMIT)
      .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await callAwsJson({ url: sqsUrl, target: 'AmazonSQS.DeleteMessageBatch', input: { QueueUrl: queueUrl, Entries } });
  }
}

/** A message as the function sees it. */
const record = (message: Message, queueArn: string) => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes ?? {},
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue, DataType }]) => [
      name,
      { stringValue: StringValue, dataType: DataType, stringListValues: [], binaryListValues: [] },
    ]),
  ),
  md5OfBody: message.MD5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: queueArn,
  awsRegion: REGION,
});
