import { type Json, parseRequest, perform, type Store } from './dynalite.ts';
import { DynamoError } from './dynamo-error.ts';
import { addressOf, requireDistinct } from './item-address.ts';
import { withLocks } from './locks.ts';

const MOST_ITEMS = 100;

/** Reads up to 100 items as they are at one moment: no write of any of them falls in between. */
export async function transactGetItems(store: Store, request: Json): Promise<Json> {
  const items = (request.TransactItems ?? []) as readonly { readonly Get: Json }[];
  if (items.length === 0 || items.length > MOST_ITEMS) {
    throw new DynamoError(
      'ValidationException',
      `Member must have length less than or equal to ${MOST_ITEMS} and greater than 0`,
    );
  }
  const gets = items.map(({ Get }) => parseRequest(store, 'GetItem', { ...Get, ConsistentRead: true }));
  const addresses = await Promise.all(gets.map((get) => addressOf(store, get)));
  requireDistinct(addresses);
  const found = await withLocks(store, addresses, () => Promise.all(gets.map((get) => perform(store, 'GetItem', get))));
  return { Responses: found.map(({ Item }) => (Item === undefined ? {} : { Item })) };
}
