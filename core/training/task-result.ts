/**
 * What rank 0 leaves below `OBJECTS.result(runId, attempt)`: its files, and last `result.json`, which lists them.
 * Publish commits it for the attempt that succeeded; a result of any other attempt is never read.
 */
export interface TaskResult {
  readonly version: 1;
  readonly runId: string;
  readonly attempt: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** File name → what it is. The object's key is the prefix followed by the name. */
  readonly files: Readonly<Record<string, { readonly sizeBytes: number; readonly sha256: string }>>;
}

export const TASK_RESULT_FILE = 'result.json';
