import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { invariant, LockstepError } from '#core/errors.ts';
import { KEYS } from '#core/names.ts';
import { FINISH_MAX, type Holding, type RecordClaims } from '#core/stream/ports.ts';
import type { TakenRecord } from '#core/stream/record-claim.ts';

/** How long what became of a record is known: longer than a queue or a shard keeps what it delivers, but for long retention. */
const KEPT_S = 15 * 24 * 3600;
/** A transaction that met another one may yet win. */
const CONFLICTS_MAX = 5;
const CONFLICT_PAUSE_MS = 20;

const NAMES = { '#state': 'state', '#fence': 'fence', '#until': 'untilMs', '#attempts': 'attempts', '#ttl': 'ttl' };

type Item = Readonly<Record<string, AttributeValue>>;

/** Claims on the records of a stream, an item each in the gang table: every write is conditional on the fence. */
export function dynamoRecordClaims(client: DynamoDBClient, table: string, stream: string): RecordClaims {
  const keyOf = (key: string) => ({ pk: { S: KEYS.recordClaim(stream, key) }, sk: { S: KEYS.recordClaimItem } });

  const finishing = ({ key, fence }: Holding, outcome: string) => ({
    TableName: table,
    Key: keyOf(key),
    UpdateExpression: 'SET #state = :finished, outcome = :outcome REMOVE #until',
    ConditionExpression: '#state = :held AND #fence = :fence',
    ExpressionAttributeNames: { '#state': NAMES['#state'], '#fence': NAMES['#fence'], '#until': NAMES['#until'] },
    ExpressionAttributeValues: {
      ':finished': { S: 'finished' },
      ':held': { S: 'held' },
      ':outcome': { S: outcome },
      ':fence': number(fence),
    },
  });

  return {
    async take(key, { nowMs, untilMs }) {
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(key),
            UpdateExpression: 'SET #state = :held, #until = :until, #ttl = :ttl ADD #fence :one, #attempts :one',
            ConditionExpression: 'attribute_not_exists(pk) OR (#state = :held AND #until <= :now)',
            ExpressionAttributeNames: NAMES,
            ExpressionAttributeValues: {
              ':held': { S: 'held' },
              ':until': number(untilMs),
              ':now': number(nowMs),
              ':one': number(1),
              ':ttl': number(Math.floor(nowMs / 1000) + KEPT_S),
            },
            ReturnValues: 'ALL_NEW',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        return { state: 'taken', fence: numberIn(Attributes, 'fence'), attempts: numberIn(Attributes, 'attempts') };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return notFree(error.Item);
      }
    },
    async finish(holdings, outcome) {
      invariant(holdings.length <= FINISH_MAX, `${holdings.length} records in one transaction`);
      const [only] = holdings;
      if (only !== undefined && holdings.length === 1) return await finishOne(client, finishing(only, outcome), only);
      return await finishAll(client, holdings, (holding) => finishing(holding, outcome));
    },
    async giveUp({ key, fence }, counts) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(key),
            UpdateExpression: 'SET #until = :never ADD #attempts :back',
            ConditionExpression: '#state = :held AND #fence = :fence',
            ExpressionAttributeNames: {
              '#until': NAMES['#until'],
              '#attempts': NAMES['#attempts'],
              '#state': NAMES['#state'],
              '#fence': NAMES['#fence'],
            },
            ExpressionAttributeValues: {
              ':never': number(0),
              ':back': number(counts ? 0 : -1),
              ':held': { S: 'held' },
              ':fence': number(fence),
            },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
}

const number = (value: number): AttributeValue => ({ N: String(value) });
const numberIn = (item: Item | undefined, name: string): number => Number(item?.[name]?.N);

/** What is stored of a record that is not free. */
function notFree(item: Item | undefined): TakenRecord {
  const outcome = item?.outcome?.S;
  return outcome === undefined ? { state: 'held', untilMs: numberIn(item, 'untilMs') } : { state: 'finished', outcome };
}

type Finishing = ConstructorParameters<typeof UpdateItemCommand>[0];

/** Half the price of a transaction. */
async function finishOne(client: DynamoDBClient, input: Finishing, { key }: Holding): Promise<readonly string[]> {
  try {
    await client.send(new UpdateItemCommand(input));
    return [];
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return [key];
    throw error;
  }
}

async function finishAll(
  client: DynamoDBClient,
  holdings: readonly Holding[],
  finishing: (holding: Holding) => Finishing,
): Promise<readonly string[]> {
  const TransactItems = holdings.map((holding) => ({
    Update: finishing(holding) as Finishing & { UpdateExpression: string },
  }));
  for (let conflicts = 0; ; conflicts++) {
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems }));
      return [];
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      const lost = holdings.filter((_, at) => reasons[at]?.Code === 'ConditionalCheckFailed').map(({ key }) => key);
      if (lost.length > 0) return lost;
      if (conflicts === CONFLICTS_MAX) throw unavailable(error);
      await sleep(CONFLICT_PAUSE_MS * (conflicts + Math.random()));
    }
  }
}

const unavailable = (cause: Error): LockstepError =>
  new LockstepError(
    'LS_UNAVAILABLE',
    `records could not be finished, others wrote to them all the time: ${cause.message}`,
    {
      cause,
    },
  );
