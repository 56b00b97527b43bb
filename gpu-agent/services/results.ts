import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { TASK_RESULT_FILE, type TaskResult } from '#core/training/task-result.ts';

/** The result of an attempt, written by rank 0. Publish reads it only if that attempt succeeds. */
export interface ResultService {
  putFile(name: string, bytes: Uint8Array): Promise<void>;
  commit(metrics: Readonly<Record<string, number>>, names: readonly string[]): Promise<void>;
}

export interface ResultOptions {
  readonly objects: Objects;
  readonly bucket: string;
  readonly runId: string;
  readonly attempt: number;
}

/** Results below the attempt's own prefix, so that no other attempt can touch them. */
export function resultService({ objects, bucket, runId, attempt }: ResultOptions): ResultService {
  const prefix = runObjects({ bucket, runId }).result(attempt);
  const put = new Map<string, { sizeBytes: number; sha256: string }>();
  return {
    async putFile(name, bytes) {
      if (name === TASK_RESULT_FILE) throw new LockstepError('LS_BAD_CALL', `${name} is the name of the list of files`);
      await objects.put(`${prefix}${name}`, bytes);
      put.set(name, { sizeBytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') });
    },
    async commit(metrics, names) {
      const missing = names.find((name) => !put.has(name));
      if (missing !== undefined)
        throw new LockstepError('LS_BAD_CALL', `result: the file ${missing} was not put before`);
      const files = Object.fromEntries([...put].filter(([name]) => names.includes(name)));
      const result: TaskResult = { version: 1, runId, attempt, metrics, files };
      await objects.put(`${prefix}${TASK_RESULT_FILE}`, Buffer.from(JSON.stringify(result)));
    },
  };
}
