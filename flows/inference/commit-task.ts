import { invariant, LockstepError } from '#core/errors.ts';
import type { PartitionFailure, TaskManifest } from '#core/inference/manifest.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import type { PartitionTask } from '#core/inference/state.ts';
import { settles } from '#core/inference/task-commit.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { jsonBytes, readJsonIfAny } from '#formats/json/json-object.ts';
import { createOnce } from './create-once.ts';

interface TaskPorts {
  readonly objects: Objects;
  readonly bucket: string;
}

/** The manifest of a partition that is done already, by whichever attempt. */
export async function committedTask(
  { objects, bucket }: TaskPorts,
  plan: InferencePlan,
  partition: number,
): Promise<TaskManifest | undefined> {
  const stored = await readJsonIfAny<TaskManifest>(
    objects,
    runObjects({ bucket, runId: plan.runId }).taskManifest(partition),
  );
  return stored && checked(stored.value, plan, partition);
}

/** Commits an attempt: its own manifest if it is the first, else the winner's, which stands for the same rows. */
export async function commitTask(
  { objects, bucket }: TaskPorts,
  plan: InferencePlan,
  mine: TaskManifest,
): Promise<TaskManifest> {
  const uri = runObjects({ bucket, runId: plan.runId }).taskManifest(mine.partition);
  return checked(await createOnce(objects, uri, mine), plan, mine.partition);
}

/** Notes why an attempt failed, so that the run can fail with the reason and not with "a state failed". */
export async function recordFailure(
  { objects, bucket }: TaskPorts,
  { runId, round, partition }: Pick<PartitionTask, 'runId' | 'round' | 'partition'>,
  error: unknown,
): Promise<void> {
  const code = error instanceof LockstepError ? error.code : 'LS_RUN_INCOMPLETE';
  const message = error instanceof Error ? error.message : String(error);
  const failure: PartitionFailure = { code, message: `partition ${partition}: ${message}` };
  await objects.put(runObjects({ bucket, runId }).failure(round, partition), jsonBytes(failure));
}

function checked(stored: TaskManifest, plan: InferencePlan, partition: number): TaskManifest {
  invariant(settles(stored, plan, partition), `the stored manifest of partition ${partition} does not fit the plan`);
  return stored;
}
