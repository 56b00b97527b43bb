import { randomUUID } from 'node:crypto';
import { type ErrorCode, LockstepError } from '#core/errors.ts';
import type { Objects } from '#core/objects/ports.ts';
import { type CheckpointFile, checkpointKey } from '#core/training/checkpoint.ts';
import { readJson } from '#formats/json/json-object.ts';

type NamedFile = readonly [string, CheckpointFile];

export interface Shared {
  readonly objects: Objects;
  readonly root: string;
  readonly attempt: number;
  /** Gathers a short message of every rank, ordered by rank; waits for the last. */
  readonly allGather: (payload: string) => Promise<readonly string[]>;
}

/** What ranks tell each other: where the list of a rank's files lies. */
interface Pointer {
  readonly step: number;
  readonly key: string;
}

/**
 * Stores the list of this rank's files and learns where those of the others are: the lists go through objects and only
 * their addresses through the barrier, whose messages are small.
 */
export async function gatherPointers(
  { objects, root, attempt, allGather }: Shared,
  { rank, step }: { readonly rank: number; readonly step: number },
  own: readonly NamedFile[],
): Promise<readonly Pointer[]> {
  const bytes = Buffer.from(JSON.stringify(own));
  const key = checkpointKey({ attempt, step }, randomUUID(), `rank-${rank}.json`);
  await objects.put(root + key, bytes);
  const pointers = (await allGather(JSON.stringify({ step, key }))).map((text) => JSON.parse(text) as Pointer);
  const other = pointers.findIndex((one) => one.step !== step);
  if (other === -1) return pointers;
  // Every rank sees it, so that none is left waiting for the others.
  throw new LockstepError(
    'LS_BAD_CALL',
    `a shared checkpoint is of one step: rank ${rank} saves step ${step}, rank ${other} step ${pointers[other]?.step}`,
  );
}

/** The files of all ranks, for the one that commits them. LS_BAD_CALL if two have the same name. */
export async function filesOfAll(
  { objects, root }: Pick<Shared, 'objects' | 'root'>,
  pointers: readonly Pointer[],
): Promise<readonly NamedFile[]> {
  const read = async ({ key }: Pointer) => (await readJson<NamedFile[]>(objects, root + key)).value;
  const lists = await Promise.all(pointers.map(read));
  await objects.delete(pointers.map(({ key }) => root + key)).catch(() => undefined);
  return distinct(lists);
}

function distinct(lists: readonly (readonly NamedFile[])[]): readonly NamedFile[] {
  const owner = new Map<string, number>();
  for (const [rank, files] of lists.entries()) {
    for (const [name] of files) {
      const first = owner.get(name);
      if (first !== undefined) throw new LockstepError('LS_BAD_CALL', twice(name, first, rank));
      owner.set(name, rank);
    }
  }
  return lists.flat();
}

const twice = (name: string, first: number, second: number) =>
  `a shared checkpoint holds each name once: ranks ${first} and ${second} both saved ${name}; put the rank into the name`;

/** What came of a commit, in a word for the other ranks: nothing if it is there. */
export function encodeOutcome(outcome: unknown): string {
  if (!(outcome instanceof Error)) return '';
  const code = outcome instanceof LockstepError ? outcome.code : 'LS_UNAVAILABLE';
  return JSON.stringify({ code, message: outcome.message });
}

/** The same word as the error that it was. */
export function decodeError(word: string): LockstepError {
  const { code, message } = JSON.parse(word) as { code: ErrorCode; message: string };
  return new LockstepError(code, message);
}
