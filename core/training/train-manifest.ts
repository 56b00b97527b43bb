import { LockstepError } from '../errors.ts';
import { runObjects } from '../objects/addresses.ts';
import type { ObjectRef } from '../objects/records.ts';
import type { Published, TrainManifest } from './published.ts';
import type { TaskResult } from './task-result.ts';

/** File of a result that inference takes. */
const MODEL_FILE = 'model.onnx';

export interface TrainManifestSource {
  readonly job: string;
  readonly bucket: string;
  readonly result: TaskResult;
  readonly provenance: TrainManifest['provenance'];
}

/** The manifest of a result. It depends on nothing but the result, so that writing it twice writes the same. */
export function trainManifest({ job, bucket, result, provenance }: TrainManifestSource): TrainManifest {
  const { runId, attempt, metrics } = result;
  const prefix = runObjects({ bucket, runId }).result(attempt);
  const files = Object.fromEntries(
    Object.entries(result.files)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { key, sizeBytes, sha256 }]): [string, ObjectRef] => [
        name,
        { uri: `${prefix}${key}`, sizeBytes, sha256 },
      ]),
  );
  return { version: 1, runId, job, attempt, files, metrics, provenance };
}

/** LS_RESULT_INCOMPLETE unless every file of the manifest is there in its full size. `sizes` is by name. */
export function checkComplete(manifest: TrainManifest, sizes: ReadonlyMap<string, number>): void {
  const wrong = Object.entries(manifest.files).filter(([name, { sizeBytes }]) => sizes.get(name) !== sizeBytes);
  if (wrong.length === 0) return;
  const list = wrong.map(
    ([name, { sizeBytes }]) => `${name}: expected ${sizeBytes} bytes, got ${sizes.get(name) ?? 'none'}`,
  );
  throw new LockstepError('LS_RESULT_INCOMPLETE', `result of attempt ${manifest.attempt}: ${list.join('; ')}`);
}

/** LS_RESULT_FOREIGN where a result says that it is of another run or attempt than the one whose place it lies in. */
export function checkOfAttempt(
  result: TaskResult,
  { runId, attempt, uri }: { readonly runId: string; readonly attempt: number; readonly uri: string },
): TaskResult {
  if (result.runId === runId && result.attempt === attempt) return result;
  const [expected, got] = [{ runId, attempt }, result].map((of) => `attempt ${of.attempt} of run ${of.runId}`);
  throw new LockstepError('LS_RESULT_FOREIGN', `${uri}: expected the result of ${expected}, got that of ${got}`);
}

/** What `models/<name>/LATEST.json` says after this run; undefined for a result without a model. */
export function published(
  { runId, files }: TrainManifest,
  of: Required<Pick<Published, 'name' | 'queuedAt' | 'manifestUri'>>,
): Published | undefined {
  const model = files[MODEL_FILE];
  return model === undefined ? undefined : { version: 1, runId, ...of, model };
}
