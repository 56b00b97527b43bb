import type { CheckpointAnswer, CheckpointCommit } from '../wire.ts';
import type { AgentClient } from './client.ts';

/** What was saved last, by this attempt or an earlier one. */
export interface Checkpoint {
  readonly attempt: number;
  readonly step: number;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

export interface Checkpoints {
  /**
   * Saves the files as the state after `step` steps, atomically: the latest checkpoint is this one or the one before.
   * Called by one rank, usually 0. LS_STALE_ATTEMPT if a later attempt has taken over.
   */
  save(step: number, files: Readonly<Record<string, Uint8Array>>): Promise<void>;
  /** The same for every rank of an attempt if called before the attempt saves one. */
  latest(): Promise<Checkpoint | undefined>;
}

export function checkpoints(client: AgentClient): Checkpoints {
  const fileAt = (step: number, name: string) => `/checkpoint/${step}/${encodeURIComponent(name)}`;
  return {
    async save(step, files) {
      for (const [name, bytes] of Object.entries(files)) {
        await client.json({ method: 'PUT', path: fileAt(step, name), bytes });
      }
      const commit: CheckpointCommit = { step, files: Object.keys(files) };
      await client.json({ method: 'POST', path: '/checkpoint', json: commit });
    },
    async latest() {
      const { latest } = await client.json<CheckpointAnswer>({ method: 'GET', path: '/checkpoint' });
      if (latest === null) return undefined;
      const files: Record<string, Uint8Array> = {};
      for (const name of Object.keys(latest.files)) {
        files[name] = await client.bytes({ method: 'GET', path: fileAt(latest.step, name) });
      }
      return { attempt: latest.attempt, step: latest.step, files };
    },
  };
}
