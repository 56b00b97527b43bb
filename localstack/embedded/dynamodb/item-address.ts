import { database, type Json, promised, type Store } from './dynalite.ts';
import { DynamoError } from './dynamo-error.ts';

/** Where an item is: its table, and its key as the store spells it. */
export interface ItemAddress {
  readonly table: string;
  readonly key: string;
}

/** The address that a parsed request names by `Key`, or by the key attributes of its `Item`. */
export async function addressOf(store: Store, parsed: Json): Promise<ItemAddress> {
  const name = parsed.TableName as string;
  const table = await promised<Parameters<typeof database.createKey>[1]>((done) => store.getTable(name, done));
  const key = parsed.Key as Json | undefined;
  const item = parsed.Item as Json;
  const invalid = key === undefined ? database.validateItem(item, table) : database.validateKey(key, table);
  if (invalid) throw invalid;
  return { table: name, key: database.createKey(key ?? item, table) };
}

/** The item at an address as it is now; undefined if there is none. */
export const readItem = (store: Store, { table, key }: ItemAddress): Promise<Json | undefined> =>
  promised<Json>((done) =>
    store
      .getItemDb(table)
      .get(key, (error, item) =>
        error instanceof Error && error.name === 'NotFoundError' ? done(null) : done(error, item),
      ),
  );

/** Refuses two operations on one item within a transaction. */
export function requireDistinct(addresses: readonly ItemAddress[]): void {
  if (new Set(addresses.map(({ table, key }) => `${table}\0${key}`)).size === addresses.length) return;
  throw new DynamoError('ValidationException', 'Transaction request cannot include multiple operations on one item');
}
