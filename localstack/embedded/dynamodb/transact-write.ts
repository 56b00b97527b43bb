import { type DynaliteOperation, database, type Json, parseRequest, perform, type Store } from './dynalite.ts';
import { answerOf, DynamoError, isConditionFailure } from './dynamo-error.ts';
import { addressOf, type ItemAddress, readItem, requireDistinct } from './item-address.ts';
import { withLocks } from './locks.ts';
import { type Overlay, overlay } from './overlay.ts';

const MOST_ITEMS = 100;

/** A condition check is parsed as the deletion that it is not. */
const PARSED_AS: Readonly<Record<string, DynaliteOperation>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'DeleteItem',
};

interface Part {
  readonly kind: string;
  readonly operation: DynaliteOperation;
  readonly parsed: Json;
  readonly address: ItemAddress;
  /** ReturnValuesOnConditionCheckFailure is ALL_OLD. */
  readonly wantsOld: boolean;
}

type Reason = { readonly Code: string; readonly Message?: string; readonly Item?: Json };

/**
 * Performs all parts or none, isolated from every other write: under the locks of all its items it runs dynalite's own
 * actions against an overlay, and flushes that in one batch only if every part succeeded.
 */
export async function transactWriteItems(store: Store, request: Json): Promise<Json> {
  const parts = await parseParts(store, request.TransactItems);
  const addresses = parts.map(({ address }) => address);
  requireDistinct(addresses);
  return withLocks(store, addresses, async () => {
    const pending = overlay(store);
    const reasons: Reason[] = [];
    for (const part of parts) reasons.push(await attempt(store, pending, part));
    if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
    await pending.flush();
    return {};
  });
}

async function parseParts(store: Store, items: unknown): Promise<readonly Part[]> {
  if (!Array.isArray(items) || items.length === 0 || items.length > MOST_ITEMS) {
    throw new DynamoError(
      'ValidationException',
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: " +
        `Member must have length between 1 and ${MOST_ITEMS}`,
    );
  }
  return Promise.all(items.map((item: Json) => parsePart(store, item)));
}

async function parsePart(store: Store, item: Json): Promise<Part> {
  const [kind = '', ...others] = Object.keys(item);
  const operation = PARSED_AS[kind];
  const request = item[kind] as Json;
  if (operation === undefined || others.length > 0) {
    throw new DynamoError('ValidationException', 'TransactItems can only contain one of Check, Put, Update or Delete');
  }
  if (kind === 'ConditionCheck' && request.ConditionExpression === undefined) {
    throw new DynamoError('ValidationException', 'The ConditionExpression of a ConditionCheck must not be null');
  }
  const parsed = parseRequest(store, operation, request);
  const wantsOld = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
  return { kind, operation, parsed, address: await addressOf(store, parsed), wantsOld };
}

async function attempt(store: Store, pending: Overlay, part: Part): Promise<Reason> {
  const old = await readItem(store, part.address);
  try {
    if (part.kind === 'ConditionCheck') {
      const failed = database.checkConditional(part.parsed, old);
      if (failed) throw failed;
    } else {
      await perform(pending.store, part.operation, part.parsed);
    }
    return { Code: 'None' };
  } catch (thrown) {
    const answer = answerOf(thrown);
    if (answer === undefined) throw thrown;
    const Code = isConditionFailure(thrown) ? 'ConditionalCheckFailed' : 'ValidationError';
    const Message = String(answer.body.message);
    return { Code, Message, ...(isConditionFailure(thrown) && part.wantsOld && old && { Item: old }) };
  }
}

function cancelled(reasons: readonly Reason[]): DynamoError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return new DynamoError('TransactionCanceledException', message, { CancellationReasons: reasons });
}
