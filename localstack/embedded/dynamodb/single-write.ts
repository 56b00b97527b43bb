import { type DynaliteOperation, type Json, parseRequest, perform, type Store } from './dynalite.ts';
import { answerOf, DynamoError, isConditionFailure } from './dynamo-error.ts';
import { addressOf, readItem } from './item-address.ts';
import { withLocks } from './locks.ts';
import { overlay } from './overlay.ts';

/** Put, update or delete of one item, with the old item in the error where the caller asks for it. */
export async function writeItem(store: Store, operation: DynaliteOperation, request: Json): Promise<Json> {
  const parsed = parseRequest(store, operation, request);
  if (request.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') return perform(store, operation, parsed);

  const address = await addressOf(store, parsed);
  return withLocks(store, [address], async () => {
    const old = await readItem(store, address);
    const pending = overlay(store);
    try {
      const result = await perform(pending.store, operation, parsed);
      await pending.flush();
      return result;
    } catch (thrown) {
      if (!isConditionFailure(thrown) || old === undefined) throw thrown;
      const message = String(answerOf(thrown)?.body.message);
      throw new DynamoError('ConditionalCheckFailedException', message, { Item: old });
    }
  });
}
