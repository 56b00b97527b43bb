/** What training needs of the world beside its gang. */
import type { Progress } from './progress.ts';

/** SQL over a warehouse whose result lands as Parquet objects below a prefix. */
export interface Warehouse {
  /** Returns the id of the query; asked again for the same output it starts no second one. `outputUri` ends in `/`. */
  start(query: { readonly database: string; readonly sql: string; readonly outputUri: string }): Promise<string>;
  poll(queryId: string): Promise<QueryStatus>;
  stop(queryId: string): Promise<void>;
}

export type QueryStatus =
  | { readonly state: 'running' }
  | { readonly state: 'succeeded' }
  | { readonly state: 'failed'; readonly reason: string };

/** How far a run has come, for people: not read by any protocol. */
export interface ProgressStore {
  put(runId: string, progress: Progress): Promise<void>;
  get(runId: string): Promise<Progress | undefined>;
}
