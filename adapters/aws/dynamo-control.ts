import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { ControlWrite } from '#core/gang/control-write.ts';
import type { ControlStore, WriteResult } from '#core/gang/ports.ts';
import type { Control, Roster } from '#core/gang/records.ts';
import { KEYS } from '#core/names.ts';
import { abortable } from './abortable.ts';
import { controlKey, controlToItem, encodeField, type Item, itemToControl, ttl } from './control-item.ts';
import { journalItem } from './dynamo-journal.ts';

/** The control item and the rosters in DynamoDB: one conditional write a transition, strongly consistent reads. */
export function dynamoControl(client: DynamoDBClient, table: string): ControlStore {
  async function read(runId: string, signal?: AbortSignal): Promise<Control | undefined> {
    const input = { TableName: table, Key: controlKey(runId), ConsistentRead: true };
    const { Item } = await client.send(new GetItemCommand(input), abortable(signal));
    return Item === undefined ? undefined : itemToControl(Item);
  }

  /** The state that won. Where it carries our own opId, the write had been done and only its reply was lost. */
  async function afterRefusal(runId: string, opId: string, refused?: Item): Promise<WriteResult> {
    const control = refused?.opId === undefined ? await read(runId) : itemToControl(refused);
    return { won: control?.opId === opId, control };
  }

  /** One transaction: the transition, and an item that comes into being with it. */
  async function writeWith(write: ControlWrite, Item: Item, signal?: AbortSignal): Promise<WriteResult> {
    const Put = { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' };
    const TransactItems = [{ Update: update(table, write) }, { Put }];
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems }), abortable(signal));
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
    }
    return await afterRefusal(write.runId, write.opId);
  }

  return {
    read,
    async create(control) {
      try {
        const input = {
          TableName: table,
          Item: controlToItem(control),
          ConditionExpression: 'attribute_not_exists(pk)',
        };
        await client.send(new PutItemCommand({ ...input, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
        return { won: true, control };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return await afterRefusal(control.runId, control.opId, error.Item);
      }
    },
    async write(write, signal) {
      try {
        const input: UpdateItemCommandInput = { ...update(table, write), ReturnValues: 'ALL_NEW' };
        const { Attributes } = await client.send(new UpdateItemCommand(input), abortable(signal));
        return { won: true, control: itemToControl(Attributes ?? {}) };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return await afterRefusal(write.runId, write.opId, error.Item);
      }
    },
    async seal(write, roster, signal) {
      return await writeWith(write, rosterItem(roster), signal);
    },
    async close(write, end) {
      return await writeWith(write, journalItem(write.runId, end));
    },
    async roster(runId, attempt, signal) {
      const input = { TableName: table, Key: rosterKey(runId, attempt), ConsistentRead: true };
      const { Item } = await client.send(new GetItemCommand(input), abortable(signal));
      const text = Item?.roster?.S;
      return text === undefined ? undefined : (JSON.parse(text) as Roster);
    },
  };
}

const rosterKey = (runId: string, attempt: number): Item => ({
  pk: { S: KEYS.rosters(runId) },
  sk: { S: KEYS.roster(attempt) },
});

const rosterItem = (roster: Roster): Item => ({
  ...rosterKey(roster.runId, roster.attempt),
  roster: { S: JSON.stringify(roster) },
  ttl: ttl(),
});

/** The update of one transition. */
function update(table: string, { runId, where, set, clear, opId }: ControlWrite) {
  const changes = Object.entries({ ...set, opId }) as [Parameters<typeof encodeField>[0], unknown][];
  const remove = clear.length === 0 ? '' : ` REMOVE ${clear.join(', ')}`;
  const phases = where.phaseIn.map((phase, index) => [`:phase${index}`, { S: phase }] as const);
  const conditions = ['attempt = :whereAttempt', `phase IN (${phases.map(([name]) => name).join(', ')})`];
  if (where.epoch !== undefined) conditions.push('epoch = :whereEpoch');
  if (where.opId !== undefined) conditions.push('opId = :whereOpId');
  return {
    TableName: table,
    Key: controlKey(runId),
    UpdateExpression: `SET ${changes.map(([field]) => `#${field} = :${field}`).join(', ')}${remove}`,
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(changes.map(([field]) => [`#${field}`, field])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(changes.map(([field, value]) => [`:${field}`, encodeField(field, value)])),
      ...Object.fromEntries(phases),
      ':whereAttempt': { N: String(where.attempt) },
      ...(where.epoch === undefined ? {} : { ':whereEpoch': { N: String(where.epoch) } }),
      ...(where.opId === undefined ? {} : { ':whereOpId': { S: where.opId } }),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}
