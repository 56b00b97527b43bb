import { randomUUID } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { objectUri, runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Shard, ShardManifest } from '#core/training/shards.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import type { ShardFile, ShardList } from '../wire.ts';

/** The shards of each rank, fetched to this host's disk when asked for and kept for later attempts. */
export interface ShardService {
  list(rank: number): Promise<ShardList>;
  fetch(rank: number, index: number): Promise<ShardFile>;
}

export interface ShardOptions {
  readonly objects: Objects;
  readonly bucket: string;
  readonly runId: string;
  /** Folder for the files. */
  readonly folder: string;
}

/** Shards by the manifest that Stage wrote; a job without data has no manifest and every list is empty. */
export function shardService({ objects, bucket, runId, folder }: ShardOptions): ShardService {
  let manifest: Promise<ShardManifest | undefined> | undefined;
  const read = async () => (await readJsonIfAny<ShardManifest>(objects, runObjects({ bucket, runId }).shards))?.value;
  const shardsOf = async (rank: number) => {
    // A read that failed is not remembered, so that the next call tries again.
    manifest ??= read().catch((error: unknown) => {
      manifest = undefined;
      throw error;
    });
    return (await manifest)?.byRank[rank] ?? [];
  };

  return {
    async list(rank) {
      const shards = await shardsOf(rank);
      return { format: 'parquet', shards: shards.map(({ key, sizeBytes }, index) => ({ index, key, sizeBytes })) };
    },
    async fetch(rank, index) {
      const shard = (await shardsOf(rank))[index];
      if (shard === undefined) throw new LockstepError('LS_BAD_CALL', `rank ${rank} has no shard ${index}`);
      const path = join(folder, `${shard.etag.replaceAll(/\W/g, '')}-${shard.sizeBytes}.parquet`);
      const isThere = (await stat(path).catch(() => undefined))?.size === shard.sizeBytes;
      if (!isThere) await download(objects, shard, path);
      return { path, sizeBytes: shard.sizeBytes };
    },
  };
}

/** Written beside and renamed, because two ranks of the host may fetch one shard at the same time. */
async function download(objects: Objects, shard: Shard, path: string): Promise<void> {
  const uri = objectUri(shard.bucket, shard.key);
  const { bytes, etag } = await objects.get(uri);
  if (etag !== shard.etag) {
    throw new LockstepError('LS_INPUT_CHANGED', `${uri} was overwritten: expected etag ${shard.etag}, got ${etag}`);
  }
  const partial = `${path}.${randomUUID()}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(partial, bytes);
  await rename(partial, path);
}
