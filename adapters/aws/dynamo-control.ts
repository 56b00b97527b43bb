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

  /** One transaction: the transition, and items that come into being with it. */
  async function writeWith(write: ControlWrite, items: readonly Item[], signal?: AbortSignal): Promise<WriteResult> {
    const put = (Item: Item) => ({
      Put: { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' },
    });
    const TransactItems = [{ Update: update(table, write) }, ...items.map(put)];
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
    async commit(write, { roster, end }, signal) {
      const items = [
        ...(roster === undefined ? [] : rosterItems(roster)),
        ...(end === undefined ? [] : [journalItem(write.runId, end)]),
      ];
      return await writeWith(write, items, signal);
    },
    async roster(runId, attempt, signal) {
      const partOf = async (part: number) => {
        const input = { TableName: table, Key: rosterKey({ runId, attempt }, part), ConsistentRead: true };
        return (await client.send(new GetItemCommand(input), abortable(signal))).Item;
      };
      const first = await partOf(0);
      if (first?.roster?.S === undefined) return undefined;
      const more = Array.from({ length: Number(first.parts?.N ?? 1) - 1 }, (_, index) => partOf(index + 1));
      const parts = [first, ...(await Promise.all(more))];
      // They come into being together, and nobody changes one.
      return JSON.parse(parts.map((part) => part?.roster?.S ?? '').join('')) as Roster;
    },
  };
}

type OfAttempt = Pick<Roster, 'runId' | 'attempt'>;

const rosterKey = ({ runId, attempt }: OfAttempt, part: number): Item => ({
  pk: { S: KEYS.rosters(runId, part) },
  sk: { S: KEYS.roster(attempt) },
});

/** A thousand hosts read as much from one partition in eight seconds. */
const PART_CHARACTERS = 96 * 1024;

/** A roster in parts, each in a partition of its own; the first says how many there are. */
function rosterItems(roster: Roster): readonly Item[] {
  const text = JSON.stringify(roster);
  const parts = Math.ceil(text.length / PART_CHARACTERS);
  return Array.from({ length: parts }, (_, part) => ({
    ...rosterKey(roster, part),
    roster: { S: text.slice(part * PART_CHARACTERS, (part + 1) * PART_CHARACTERS) },
    ...{ parts: { N: String(parts) }, ttl: ttl() },
  }));
}

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
