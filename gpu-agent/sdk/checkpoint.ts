import type { CheckpointAnswer, CheckpointCommit, CheckpointFileAnswer } from '../wire.ts';
import type { AgentClient } from './client.ts';
import { type FileInput, fileEntries, putFile } from './file-input.ts';

/** What was saved, by this attempt or an earlier one. */
export interface Checkpoint {
  readonly attempt: number;
  readonly step: number;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** The same with its files on this host's disk, for what is too large for memory. Tasks of a host share them: read only. */
export interface CheckpointPaths {
  readonly attempt: number;
  readonly step: number;
  readonly paths: Readonly<Record<string, string>>;
}

export interface SaveOptions {
  /**
   * True if all ranks save together, each its own files under names of its own: every rank must make the call.
   * @default false: the files of one rank, usually 0, are the checkpoint
   */
  readonly shared?: boolean;
}

export interface Checkpoints {
  /**
   * Saves the files as the state after `step` steps, atomically: the newest checkpoint is this one or the one before.
   * A file is its bytes, or the path of a file or a folder, which is read as it is sent. LS_STALE_ATTEMPT if a later
   * attempt has taken over.
   */
  save(step: number, files: Readonly<Record<string, FileInput>>, options?: SaveOptions): Promise<void>;
  /** What this attempt goes on from: the same for every rank, whenever it asks. */
  latest(): Promise<Checkpoint | undefined>;
  /** The same, as files. */
  latestPaths(): Promise<CheckpointPaths | undefined>;
}

export function checkpoints(client: AgentClient): Checkpoints {
  const fileAt = (step: number, name: string) => `/checkpoint/${step}/${encodeURIComponent(name)}`;
  const latest = async () => (await client.json<CheckpointAnswer>({ method: 'GET', path: '/checkpoint' })).latest;
  const each = async <T>(step: number, names: readonly string[], read: (path: string) => Promise<T>) => {
    const entries: (readonly [string, T])[] = [];
    for (const name of names) entries.push([name, await read(fileAt(step, name))]);
    return Object.fromEntries(entries);
  };
  return {
    async save(step, files, { shared = false } = {}) {
      const entries = await fileEntries(files);
      for (const [name, source] of entries) await putFile(client, fileAt(step, name), source);
      const json: CheckpointCommit = { step, files: entries.map(([name]) => name), shared };
      await client.json({ method: 'POST', path: '/checkpoint', json });
    },
    async latest() {
      const found = await latest();
      if (found === null) return undefined;
      const { attempt, step } = found;
      const bytes = (path: string) => client.bytes({ method: 'GET', path });
      return { attempt, step, files: await each(step, Object.keys(found.files), bytes) };
    },
    async latestPaths() {
      const found = await latest();
      if (found === null) return undefined;
      const { attempt, step } = found;
      const pathOf = async (path: string) =>
        (await client.json<CheckpointFileAnswer>({ method: 'GET', path: `${path}?path=true` })).path;
      return { attempt, step, paths: await each(step, Object.keys(found.files), pathOf) };
    },
  };
}
