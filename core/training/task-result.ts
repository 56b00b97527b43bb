import type { Metrics } from './metrics.ts';

/**
 * What rank 0 leaves below `OBJECTS.result(runId, attempt)`: its files, and last `result.json`, which lists them.
 * Publish commits it for the attempt that succeeded; a result of any other attempt is never read.
 */
export interface TaskResult {
  readonly version: 1;
  readonly runId: string;
  readonly attempt: number;
  readonly metrics: Metrics;
  /** File name → what it is, and its key below the prefix, which is used once: a file that is put again gets another. */
  readonly files: Readonly<Record<string, TaskResultFile>>;
}

export interface TaskResultFile {
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export const TASK_RESULT_FILE = 'result.json';
