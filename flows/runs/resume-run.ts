import { LockstepError } from '#core/errors.ts';
import type { InferenceState } from '#core/inference/state.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { executionOf, resumedName } from './find-execution.ts';
import { countBelow } from './follow-inference.ts';
import type { RunPorts } from './ports.ts';
import type { StartedRun } from './start-run.ts';

export interface ResumedRun extends StartedRun {
  /** Partitions that are committed already, and are not predicted again. */
  readonly committed: number;
}

/**
 * Starts another execution of an inference run that failed or was cancelled: with the job and the plan that it has, over the
 * partitions that it has not committed. Undefined if nobody knows the run. Two who resume it at once start one execution.
 * LS_NOT_RESUMABLE for a run of another kind, one that goes on, one that has committed, and one that has left no job.
 */
export async function resumeRun(
  ports: Pick<RunPorts, 'bucket' | 'objects' | 'workflows' | 'runs'>,
  runId: string,
): Promise<ResumedRun | undefined> {
  const { bucket, objects, workflows } = ports;
  const last = await executionOf(ports, runId);
  if (last === undefined) return undefined;
  if (last.kind !== 'infer') throw refused(runId, 'it trains', 'Start it again: tasks go on from what they saved.');
  if (last.status === 'running') throw refused(runId, 'it goes on', `Watch it with \`lockstep attach ${runId}\`.`);
  if (last.status === 'succeeded') throw refused(runId, 'it has committed', `See \`lockstep read ${runId}\`.`);
  const at = runObjects({ bucket, runId });
  if ((await objects.head(at.job)) === undefined) throw refused(runId, `${at.job} is missing`, 'Start a new run.');
  const state: InferenceState = { runId, jobUri: at.job };
  const executionId = await workflows.start('inference', resumedName(runId, last.resumed + 1), state);
  return { runId, executionId, committed: await countBelow(ports, at.taskManifests) };
}

const refused = (runId: string, why: string, remedy: string): LockstepError =>
  new LockstepError(
    'LS_NOT_RESUMABLE',
    `expected an inference run that failed or was cancelled, got ${runId}: ${why}`,
    {
      remedy,
    },
  );
