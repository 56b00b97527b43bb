import { readFile } from 'node:fs/promises';
import type { Table } from 'apache-arrow';
import type { ShardFile, ShardList } from '../wire.ts';
import type { AgentClient } from './client.ts';
import { readTable } from './read-table.ts';

/** Rows of the training data that belong to this rank, in a file on this host's disk. */
export interface ShardData {
  /** Key of the object in the bucket that the rows come from. */
  readonly key: string;
  /** Which of its rows they are, `to` not among them; undefined: all. */
  readonly rows?: { readonly from: number; readonly to: number };
  /** A Parquet file as it was found; an Arrow IPC file where rows were cut out of an object, or it was Arrow. */
  readonly path: string;
  /** Of the file. */
  readonly sizeBytes: number;
  bytes(): Promise<Uint8Array>;
  /** All rows of the file, whichever format it has. */
  table(): Promise<Table>;
}

/** The shards that belong to this rank, in the order of the manifest; each is fetched when it is reached. */
export async function* shardsOf(client: AgentClient): AsyncGenerator<ShardData, void, void> {
  const { shards } = await client.json<ShardList>({ method: 'GET', path: '/shards' });
  for (const { index, key, rows } of shards) {
    const { path, sizeBytes } = await client.json<ShardFile>({ method: 'GET', path: `/shards/${index}` });
    const bytes = async () => new Uint8Array(await readFile(path));
    yield { key, ...(rows && { rows }), path, sizeBytes, bytes, table: async () => readTable(await bytes()) };
  }
}
