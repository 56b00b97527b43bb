import { type KeySpace, promised, type Store, type Write } from './dynalite.ts';

/** A store that keeps its writes to itself until they are flushed, all at once. */
export interface Overlay {
  /** Reads see the overlay's own writes; locks are the caller's, so `lock` goes straight on. */
  readonly store: Store;
  /** Makes every write visible in one batch, which the database applies wholly or not at all. */
  flush(): Promise<void>;
}

/** Lays an overlay over a store; whoever does so holds the locks of every item it will touch. */
export function overlay(store: Store): Overlay {
  const writes = new Map<string, Write>();
  const covered = (space: KeySpace, prefix: string): KeySpace => ({
    lock: (_keys, run) => run((done) => done),
    get: (key, done) => {
      const written = writes.get(prefix + key);
      if (written === undefined) space.get(key, done);
      else done(null, written.value);
    },
    put: (key, value, done) => {
      writes.set(prefix + key, { type: 'put', key: prefix + key, value });
      done(null);
    },
    del: (key, done) => {
      writes.set(prefix + key, { type: 'del', key: prefix + key });
      done(null);
    },
    createValueStream: (options) => space.createValueStream(options),
  });
  return {
    store: {
      ...store,
      getItemDb: (table) => covered(store.getItemDb(table), `item-${table}~`),
      getIndexDb: (kind, table, index) =>
        covered(store.getIndexDb(kind, table, index), `index-${kind.toLowerCase()}~${table}~${index}~`),
    },
    flush: () => promised((done) => store.db.batch([...writes.values()], done)),
  };
}
