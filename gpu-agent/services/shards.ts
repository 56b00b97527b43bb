import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { objectUri, type RunAddress, runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Shard, ShardManifest } from '#core/training/shards.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import type { ParquetDecoder } from '#formats/parquet/decoder.ts';
import { transfer } from '../transfer.ts';
import type { ShardFile, ShardList } from '../wire.ts';

/** The shards of each rank, fetched to this host's disk when asked for and kept for later attempts. */
export interface ShardService {
  list(rank: number): Promise<ShardList>;
  fetch(rank: number, index: number): Promise<ShardFile>;
}

export interface ShardOptions extends RunAddress {
  readonly objects: Objects;
  readonly parquet: ParquetDecoder;
  /** Folder for the files. */
  readonly folder: string;
}

/** Shards by the manifest that Stage wrote; a job without data has no manifest and every list is empty. */
export function shardService(options: ShardOptions): ShardService {
  const { objects, bucket, runId } = options;
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
  /** By path: several processes of a task ask for the same file, and several tasks for the same object. */
  const under = new Map<string, Promise<void>>();
  const ready = (shard: Shard, path: string): Promise<void> => {
    const running = under.get(path) ?? fetched(options, shard, path).finally(() => under.delete(path));
    under.set(path, running);
    return running;
  };

  return {
    async list(rank) {
      const shards = await shardsOf(rank);
      return { shards: shards.map(listed) };
    },
    async fetch(rank, index) {
      const shard = (await shardsOf(rank))[index];
      if (shard === undefined) throw new LockstepError('LS_BAD_CALL', `rank ${rank} has no shard ${index}`);
      const path = join(options.folder, fileName(shard));
      await ready(shard, path);
      return { path, sizeBytes: (await stat(path)).size };
    },
  };
}

const listed = ({ key, sizeBytes, slice }: Shard, index: number): ShardList['shards'][number] => ({
  ...{ index, key, sizeBytes },
  ...(slice && { rows: { from: slice.from, to: slice.to } }),
});

/** Objects are taken as they are where they can be; what is cut, and streams, which cannot be mapped, become Arrow files. */
const isTakenWhole = ({ slice, format }: Shard): boolean => slice === undefined && format !== 'arrow-stream';

function fileName(shard: Shard): string {
  const { etag, sizeBytes, slice, format } = shard;
  const rows = slice === undefined ? '' : `-rows-${slice.from}-${slice.to}`;
  const ending = isTakenWhole(shard) && format === 'parquet' ? 'parquet' : 'arrow';
  return `${etag.replaceAll(/\W/g, '')}-${sizeBytes}${rows}.${ending}`;
}

/** Written beside and renamed: what has the name is whole, whenever the agent dies. */
async function fetched({ objects, parquet, folder }: ShardOptions, shard: Shard, path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined) return;
  const partial = `${path}.${randomUUID()}`;
  await mkdir(folder, { recursive: true });
  try {
    if (isTakenWhole(shard)) {
      const { bucket, key, etag, sizeBytes } = shard;
      await transfer(objects, { uri: objectUri(bucket, key), path: partial, sizeBytes, etag });
    } else {
      // Loaded when it is needed: most runs need no Arrow in the agent.
      const { writeSlice } = await import('./slice-file.ts');
      await writeSlice({ objects, parquet }, shard, partial);
    }
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
