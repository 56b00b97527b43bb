import { randomUUID } from 'node:crypto';
import { invariant, LockstepError } from '#core/errors.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import {
  type CheckpointFile,
  checkpointKey,
  findFile,
  keysOf,
  type LatestCheckpoint,
  type SavedCheckpoint,
  takenOver,
  withCheckpoint,
} from '#core/training/checkpoint.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { decodeError, encodeOutcome, filesOfAll, gatherPointers, type Shared } from './checkpoint-shards.ts';
import type { Downloads } from './downloads.ts';
import type { FileBody, Uploads } from './uploads.ts';

/** Checkpoints of a run, as one attempt may read and write them. */
export interface CheckpointService {
  /** Takes LATEST over for this attempt, before any task of it starts. LS_STALE_ATTEMPT if a later one has it. */
  claim(): Promise<void>;
  putFile(at: { readonly rank: number; readonly step: number }, name: string, body: FileBody): Promise<void>;
  /** Makes files that the rank put before the newest checkpoint. */
  commit(at: { readonly rank: number; readonly step: number }, names: readonly string[]): Promise<void>;
  /** The same for the files of all ranks together: returns on each of them when rank 0's agent has committed. */
  commitShared(
    at: { readonly rank: number; readonly step: number },
    names: readonly string[],
    allGather: Shared['allGather'],
  ): Promise<void>;
  /** What this attempt goes on from, the same for all its ranks; or, if asked, the newest. */
  latest(newest: boolean): Promise<SavedCheckpoint | null>;
  /** Path of a file on this host, fetched and checked against its hash when it is asked for first. */
  file(step: number, name: string): Promise<{ readonly path: string; readonly sizeBytes: number }>;
}

export interface CheckpointOptions {
  readonly objects: Objects;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly bucket: string;
  readonly runId: string;
  readonly attempt: number;
  /** Checkpoints that are kept; at least 1. */
  readonly keep: number;
}

/** Checkpoints over the objects port, fenced by the attempt that LATEST.json holds. */
export function checkpointService(options: CheckpointOptions): CheckpointService {
  const { objects, uploads, downloads, bucket, runId, attempt, keep } = options;
  const { checkpoints: root, latestCheckpoint } = runObjects({ bucket, runId });
  /** Put and not committed, by `rank/step/name`. */
  const put = new Map<string, CheckpointFile>();

  const read = () => readJsonIfAny<LatestCheckpoint>(objects, latestCheckpoint);
  /** Read, check the fence, write if nobody wrote in between; again if somebody did. */
  const replace = async (next: (current: LatestCheckpoint | undefined) => LatestCheckpoint | undefined) => {
    for (;;) {
      const current = await read();
      if (current !== undefined && current.value.attempt > attempt) throw stale(attempt, current.value.attempt);
      const latest = next(current?.value);
      if (latest === undefined) return;
      const bytes = Buffer.from(JSON.stringify(latest));
      const { won } = await objects.put(latestCheckpoint, bytes, { ifMatch: current?.etag ?? 'absent' });
      if (won) return await drop(current?.value, latest);
    }
  };
  /** What earlier attempts put and never committed. They may no longer write, so nothing of it will be named. */
  const sweep = async (now: LatestCheckpoint) => {
    const kept = keysOf(now);
    const lost: string[] = [];
    for await (const { uri } of objects.list(root)) {
      const key = uri.slice(root.length);
      const isEarlier = /^\d+\//.test(key) && Number.parseInt(key, 10) < attempt;
      if (isEarlier && !kept.has(key)) lost.push(uri);
    }
    await objects.delete(lost);
  };
  /** What the manifest no longer names is deleted; if that fails it costs storage and nothing else. */
  const drop = async (before: LatestCheckpoint | undefined, now: LatestCheckpoint) => {
    if (before === undefined) return;
    const kept = keysOf(now);
    const gone = [...keysOf(before)].filter((key) => !kept.has(key));
    await objects.delete(gone.map((key) => root + key)).catch(() => undefined);
  };
  const save = (step: number, files: readonly (readonly [string, CheckpointFile])[]) =>
    replace((current) => {
      invariant(current !== undefined, 'an attempt takes the checkpoints over before its tasks start');
      return withCheckpoint(current, { attempt, step, files: Object.fromEntries(files) }, keep);
    });
  const take = ({ rank, step }: { rank: number; step: number }, names: readonly string[]) =>
    names.map((name) => {
      const file = put.get(`${rank}/${step}/${name}`);
      if (file === undefined) throw new LockstepError('LS_BAD_CALL', notPut(step, name));
      return [name, file] as const;
    });
  const forget = ({ rank, step }: { rank: number; step: number }, names: readonly string[]) => {
    for (const name of names) put.delete(`${rank}/${step}/${name}`);
  };

  return {
    async claim() {
      await replace((current) => takenOver(current, attempt));
      const latest = (await read())?.value;
      if (latest?.attempt !== attempt) throw stale(attempt, latest?.attempt ?? attempt);
      await downloads.keepOnly(Object.values(latest.pinned?.files ?? {}).map((file) => root + file.key));
      // Costs storage until it is done and nothing else; the tasks do not wait for it.
      void uploads.write(() => sweep(latest)).catch(() => undefined);
    },
    async putFile({ rank, step }, name, body) {
      const key = checkpointKey({ attempt, step }, randomUUID(), name);
      const stored = await uploads.file(root + key, body);
      const before = put.get(`${rank}/${step}/${name}`);
      put.set(`${rank}/${step}/${name}`, { key, ...stored });
      if (before !== undefined) await objects.delete([root + before.key]);
    },
    async commit(at, names) {
      await uploads.write(() => save(at.step, take(at, names)));
      forget(at, names);
    },
    async commitShared(at, names, allGather) {
      const pointers = await gatherPointers({ objects, root, attempt, allGather }, at, take(at, names));
      const commitAll = async () => save(at.step, await filesOfAll({ objects, root }, pointers));
      const outcome = at.rank === 0 ? await uploads.write(commitAll).then(encodeOutcome, encodeOutcome) : '';
      // Rank 0's word is everybody's: none returns before it is committed, and none waits for one that was refused.
      const [word = ''] = await allGather(outcome);
      if (word !== '') throw decodeError(word);
      forget(at, names);
    },
    async latest(newest) {
      const latest = (await read())?.value;
      return (newest ? latest?.saved : latest?.pinned) ?? null;
    },
    async file(step, name) {
      const latest = (await read())?.value;
      const file = latest === undefined ? undefined : findFile(latest, step, name);
      if (file === undefined) {
        throw new LockstepError('LS_BAD_CALL', `no checkpoint of step ${step} is kept that has a file ${name}`);
      }
      const path = await downloads.file(root + file.key, file);
      return { path, sizeBytes: file.sizeBytes };
    },
  };
}

const stale = (attempt: number, by: number) =>
  new LockstepError('LS_STALE_ATTEMPT', `attempt ${attempt} may not write checkpoints: attempt ${by} has taken over`);

const notPut = (step: number, name: string) =>
  `checkpoint of step ${step}: ${name} was not put by this task; put each file before the commit`;
