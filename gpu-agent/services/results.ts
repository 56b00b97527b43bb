import { randomUUID } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Metrics } from '#core/training/metrics.ts';
import { TASK_RESULT_FILE, type TaskResult, type TaskResultFile } from '#core/training/task-result.ts';
import type { FileBody, Uploads } from './uploads.ts';

/** The result of an attempt, written by rank 0. Publish reads it only if that attempt succeeds. */
export interface ResultService {
  putFile(name: string, body: FileBody): Promise<void>;
  /** Makes files that were put, and these metrics, the result; called again, it replaces the whole. */
  commit(metrics: Metrics, names: readonly string[]): Promise<void>;
}

export interface ResultOptions {
  readonly objects: Objects;
  readonly uploads: Uploads;
  readonly bucket: string;
  readonly runId: string;
  readonly attempt: number;
}

/** Results below the attempt's own prefix, so that no other attempt can touch them. */
export function resultService({ objects, uploads, bucket, runId, attempt }: ResultOptions): ResultService {
  const prefix = runObjects({ bucket, runId }).result(attempt);
  const put = new Map<string, TaskResultFile>();
  return {
    async putFile(name, body) {
      const key = `${randomUUID()}/${name}`;
      put.set(name, { key, ...(await uploads.file(`${prefix}${key}`, body)) });
    },
    async commit(metrics, names) {
      const files = names.map((name) => {
        const file = put.get(name);
        if (file === undefined) throw new LockstepError('LS_BAD_CALL', `result: ${name} was not put before`);
        return [name, file] as const;
      });
      const result: TaskResult = { version: 1, runId, attempt, metrics, files: Object.fromEntries(files) };
      const bytes = Buffer.from(JSON.stringify(result));
      await uploads.write(() => objects.put(`${prefix}${TASK_RESULT_FILE}`, bytes));
    },
  };
}
