import { isErrorCode, LockstepError } from '#core/errors.ts';
import { checkTolerated } from '#core/inference/failed-rows.ts';
import type { InferenceManifest, PartitionFailure, TaskManifest } from '#core/inference/manifest.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import { rowsRead, settleRun } from '#core/inference/run-commit.ts';
import type { WorkflowError } from '#core/inference/state.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { readJson, readJsonIfAny } from '#formats/json/json-object.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import { createOnce } from './create-once.ts';

export interface CommitPorts {
  readonly objects: Objects;
  readonly bucket: string;
}

/** The round that has come to its end. */
interface Round {
  readonly runId: string;
  readonly round: string;
  /** Of the plan that it went over. @default the first */
  readonly planUri?: string | undefined;
  readonly error?: WorkflowError;
}

const MANIFESTS_AT_ONCE = 32;

/**
 * Commits a run: counts what is stored against the plan and creates `_SUCCESS.json`. A run that is committed stays as
 * it is, so this may be repeated. Where partitions are missing it throws why: what one of them recorded in this round, or `error`,
 * the workflow's own; LS_RUN_INCOMPLETE where neither says anything useful. That is noted too: see roundAfterFailure.
 * LS_ROWS_FAILED where every partition is there, and more rows have no prediction than the job tolerates.
 */
export async function commitRun(
  { objects, bucket }: CommitPorts,
  { runId, round, planUri, error }: Round,
): Promise<{ readonly manifest: InferenceManifest; readonly manifestUri: string }> {
  const at = runObjects({ bucket, runId });
  const manifestUri = at.success;
  const committed = await readJsonIfAny<InferenceManifest>(objects, manifestUri);
  if (committed) return { manifest: committed.value, manifestUri };

  const { value: plan } = (await readJsonIfAny<InferencePlan>(objects, planUri ?? at.plan)) ?? {};
  if (plan === undefined) {
    // Of a run whose plan is made by its hosts, and was not.
    const why = failed(error?.Error, error?.Cause ?? `${runId} has no plan`);
    await createOnce(objects, at.roundFailure(round), { code: why.code, message: why.message });
    throw why;
  }
  const settled = settleRun(
    plan,
    await readAll<TaskManifest>(objects, at.taskManifests),
    await sizes(objects, [at.parts, at.deadLetters]),
  );
  switch (settled.kind) {
    case 'complete':
      checkTolerated(plan.job.onError, settled.manifest.failed, rowsRead(settled.manifest));
      return { manifest: await createOnce(objects, manifestUri, settled.manifest), manifestUri };
    case 'inconsistent':
      throw new LockstepError('LS_RUN_INCOMPLETE', `${runId} was not committed: ${settled.problem}`);
    case 'incomplete': {
      const why = await reason({ objects, bucket }, { plan, round, missing: settled.missing, error });
      await createOnce(objects, at.roundFailure(round), { code: why.code, message: why.message });
      throw why;
    }
  }
}

/** Every JSON object below a prefix. */
async function readAll<T>(objects: Objects, prefix: string): Promise<T[]> {
  const values: T[] = [];
  const read = ordered(objects.list(prefix), MANIFESTS_AT_ONCE, ({ uri }) => readJson<T>(objects, uri));
  for await (const { value } of read) values.push(value);
  return values;
}

async function sizes(objects: Objects, prefixes: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const stored = new Map<string, number>();
  for (const prefix of prefixes) {
    for await (const { uri, sizeBytes } of objects.list(prefix)) stored.set(uri, sizeBytes);
  }
  return stored;
}

interface Missing {
  readonly plan: InferencePlan;
  readonly round: string;
  readonly missing: readonly number[];
  readonly error: WorkflowError | undefined;
}

async function reason(
  { objects, bucket }: CommitPorts,
  { plan, round, missing, error }: Missing,
): Promise<LockstepError> {
  const at = runObjects({ bucket, runId: plan.runId });
  for (const partition of missing) {
    const failure = await readJsonIfAny<PartitionFailure>(objects, at.failure(round, partition));
    if (failure) return failed(failure.value.code, failure.value.message);
  }
  const some = missing.slice(0, 10).join(', ');
  const what = `${missing.length} of ${plan.partitions.length} partitions have no predictions (${some})`;
  return failed(error?.Error, error ? `${what}: ${error.Error}: ${error.Cause}` : what);
}

/** LS_UNAVAILABLE of Commit would be tried again by the workflow, where only the partition could be. */
function failed(code: string | undefined, message: string): LockstepError {
  if (code === 'LS_UNAVAILABLE') return new LockstepError('LS_RUN_INCOMPLETE', `${code}: ${message}`);
  return new LockstepError(isErrorCode(code) ? code : 'LS_RUN_INCOMPLETE', message);
}
