import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { checkpointFile, type LatestCheckpoint, type SavedCheckpoint } from '#core/training/checkpoint.ts';

/** Checkpoints of a run, as one attempt may read and write them. */
export interface CheckpointService {
  /** Takes LATEST over for this attempt, before any task of it starts. LS_STALE_ATTEMPT if a later one has it. */
  claim(): Promise<void>;
  putFile(step: number, name: string, bytes: Uint8Array): Promise<void>;
  /** Makes the files, put before, the latest checkpoint. */
  commit(step: number, names: readonly string[]): Promise<void>;
  latest(): Promise<SavedCheckpoint | null>;
  getFile(step: number, name: string): Promise<Uint8Array>;
}

export interface CheckpointOptions {
  readonly objects: Objects;
  readonly bucket: string;
  readonly runId: string;
  readonly attempt: number;
}

/** Checkpoints over the objects port, fenced by the attempt that LATEST.json holds. */
export function checkpointService({ objects, bucket, runId, attempt }: CheckpointOptions): CheckpointService {
  const latestUri = runObjects({ bucket, runId }).latestCheckpoint;
  const fileUri = (saved: { attempt: number; step: number }, name: string) =>
    `${runObjects({ bucket, runId }).checkpoints}${checkpointFile(saved, name)}`;
  const put = new Map<string, { sizeBytes: number; sha256: string }>();

  const read = async (): Promise<{ latest: LatestCheckpoint; etag: string } | undefined> => {
    if ((await objects.head(latestUri)) === undefined) return undefined;
    const { bytes, etag } = await objects.get(latestUri);
    return { latest: JSON.parse(Buffer.from(bytes).toString('utf8')) as LatestCheckpoint, etag };
  };

  /** Read, check the fence, write if nobody wrote in between; again if somebody did. */
  const replace = async (next: (current: LatestCheckpoint | undefined) => LatestCheckpoint | undefined) => {
    for (;;) {
      const current = await read();
      if (current !== undefined && current.latest.attempt > attempt) throw stale(current.latest.attempt);
      const latest = next(current?.latest);
      if (latest === undefined) return;
      const bytes = Buffer.from(JSON.stringify(latest));
      const { won } = await objects.put(latestUri, bytes, { ifMatch: current?.etag ?? 'absent' });
      if (won) return;
    }
  };
  const stale = (by: number) =>
    new LockstepError('LS_STALE_ATTEMPT', `attempt ${attempt} may not write checkpoints: attempt ${by} has taken over`);

  return {
    claim: () =>
      replace((current) =>
        current?.attempt === attempt ? undefined : { version: 1, attempt, saved: current?.saved ?? null },
      ),
    async putFile(step, name, bytes) {
      await objects.put(fileUri({ attempt, step }, name), bytes);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      put.set(checkpointFile({ attempt, step }, name), { sizeBytes: bytes.byteLength, sha256 });
    },
    async commit(step, names) {
      const files: Record<string, { sizeBytes: number; sha256: string }> = {};
      for (const name of names) {
        const file = put.get(checkpointFile({ attempt, step }, name));
        if (file === undefined) throw new LockstepError('LS_BAD_CALL', notPut(step, name));
        files[name] = file;
      }
      await replace(() => ({ version: 1, attempt, saved: { attempt, step, files } }));
      put.clear();
    },
    latest: async () => (await read())?.latest.saved ?? null,
    async getFile(step, name) {
      const saved = (await read())?.latest.saved;
      const file = saved?.step === step && Object.hasOwn(saved.files, name) ? saved.files[name] : undefined;
      if (saved == null || file === undefined) {
        throw new LockstepError('LS_BAD_CALL', `the latest checkpoint is not of step ${step} or has no file ${name}`);
      }
      return (await objects.get(fileUri(saved, name))).bytes;
    },
  };
}

const notPut = (step: number, name: string) =>
  `checkpoint of step ${step}: ${name} was not put by a task of this host; put each file before the commit`;
