import { readFile } from 'node:fs/promises';
import type { Table } from 'apache-arrow';
import type { ShardFile, ShardList } from '../wire.ts';
import type { AgentClient } from './client.ts';
import { readParquet } from './parquet.ts';

/** One object of the training data, already on this host's disk. */
export interface ShardData {
  /** Key of the object in the bucket. */
  readonly key: string;
  readonly path: string;
  readonly sizeBytes: number;
  bytes(): Promise<Uint8Array>;
  /** All its rows. */
  table(): Promise<Table>;
}

/** The shards that belong to this rank, in the order of the manifest; each is fetched when it is reached. */
export async function* shardsOf(client: AgentClient): AsyncGenerator<ShardData, void, void> {
  const { shards } = await client.json<ShardList>({ method: 'GET', path: '/shards' });
  for (const { index, key } of shards) {
    const { path, sizeBytes } = await client.json<ShardFile>({ method: 'GET', path: `/shards/${index}` });
    const bytes = async () => new Uint8Array(await readFile(path));
    yield { key, path, sizeBytes, bytes, table: async () => readParquet(await bytes()) };
  }
}
