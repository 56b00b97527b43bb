import { basename } from 'node:path';
import { followInference, type InferenceTrace } from '#flows/runs/follow-inference.ts';
import type { RunInput } from '#flows/runs/put-inputs.ts';
import { type StartedRun, startInference } from '#flows/runs/start-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import { showRun } from '../output/show-run.ts';
import { interrupted } from './interrupted.ts';
import { localInputs, localModel, readInput } from './local-inputs.ts';
import type { WatchOptions } from './training.ts';

/** Uploads the files that the job names on this machine and starts the run. */
export const beginInference = (cloud: Cloud, runId: string, loaded: LoadedInfer): Promise<StartedRun> =>
  startInference(cloud, { runId, job: loaded.job, model: localModel(loaded), inputs: filesOf(loaded) });

/** The files of this machine that the job names as its input, as a run takes them. */
export const filesOf = (loaded: LoadedInfer): readonly RunInput[] =>
  localInputs(loaded).map((file) => ({ name: basename(file), read: () => readInput(file) }));

/** Shows an inference run until its execution has ended, which the signal brings about. */
export async function watchInference(
  cloud: Cloud,
  { runId, executionId }: StartedRun,
  { screen, signal }: WatchOptions,
): Promise<InferenceTrace> {
  try {
    const trace = await followInference(cloud, { runId, executionId, signal, onEvent: showRun(screen) });
    if (trace.execution.status === 'failed') screen.fail();
    return trace;
  } catch (error) {
    if (!signal.aborted) throw error;
    screen.phase('cancel', 'failed');
    await cloud.workflows.stop(executionId, 'cancelled by the command line');
    screen.say(`${runId}: stopped`);
    screen.end();
    return { runId, ...(await interrupted(cloud, executionId, signal)) };
  }
}
