import { promised, type Store } from './dynalite.ts';
import type { ItemAddress } from './item-address.ts';

/**
 * Runs `work` while it holds the locks that dynalite's own single-item writes take, of every address. Tables are locked
 * in the order of their names and all keys of a table at once, so two callers cannot wait for each other.
 */
export function withLocks<T>(store: Store, addresses: readonly ItemAddress[], work: () => Promise<T>): Promise<T> {
  const tables = [...new Set(addresses.map(({ table }) => table))].sort();
  const lockFrom = (index: number): Promise<T> => {
    const table = tables[index];
    if (table === undefined) return work();
    const keys = [...new Set(addresses.filter((one) => one.table === table).map(({ key }) => key))];
    return promised<T>((done) =>
      store.getItemDb(table).lock(keys, (release) => {
        const finish = release(done);
        lockFrom(index + 1).then(
          (value) => finish(null, value),
          (error: unknown) => finish(error),
        );
      }),
    );
  };
  return lockFrom(0);
}
