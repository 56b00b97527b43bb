import { LockstepError } from '../errors.ts';
import type { Shard } from './shards.ts';

/**
 * Divides shards over ranks so that all ranks read about the same number of bytes: the largest shard first, each to the
 * rank that has least (to the lower rank among equals). No rank has more than 4/3 of what the best division would give
 * the fullest. Every rank gets at least one shard; the result does not depend on the order of `shards`.
 * LS_DATA_TOO_FEW where there are fewer shards than ranks.
 */
export function balance(shards: readonly Shard[], ranks: number): readonly (readonly Shard[])[] {
  if (shards.length < ranks) {
    throw new LockstepError(
      'LS_DATA_TOO_FEW',
      `expected at least ${ranks} data objects, one for each task, got ${shards.length}`,
    );
  }
  const loads = Array.from({ length: ranks }, (): Load => ({ sizeBytes: 0, shards: [] }));
  for (const shard of largestFirst(shards)) {
    const load = loads.reduce(lighter);
    load.sizeBytes += shard.sizeBytes;
    load.shards.push(shard);
  }
  return loads.map((load) => load.shards.sort(byKey));
}

interface Load {
  sizeBytes: number;
  readonly shards: Shard[];
}

/** Among equal bytes the one with fewer shards, so that empty shards are spread too. */
function lighter(a: Load, b: Load): Load {
  if (a.sizeBytes !== b.sizeBytes) return a.sizeBytes < b.sizeBytes ? a : b;
  return a.shards.length <= b.shards.length ? a : b;
}

const largestFirst = (shards: readonly Shard[]): Shard[] =>
  [...shards].sort((a, b) => b.sizeBytes - a.sizeBytes || byKey(a, b));

/** By code unit, as S3 lists keys: the same on every machine whatever its language. */
function byKey(a: Shard, b: Shard): number {
  if (a.key === b.key) return 0;
  return a.key < b.key ? -1 : 1;
}
