import type { ReplayedRun } from '#core/inference/manifest.ts';
import { followInference, type InferenceTrace } from '#flows/runs/follow-inference.ts';
import { type StartedRun, startInference } from '#flows/runs/start-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import { showRun, showUpload } from '../output/show-run.ts';
import { interrupted } from './interrupted.ts';
import { localInputs, runInputs, shippedModel } from './local-inputs.ts';
import type { WatchOptions } from './training.ts';

/** An inference that is begun. */
export interface BegunInference {
  readonly runId: string;
  readonly loaded: LoadedInfer;
  /** The run whose dead letters it predicts. */
  readonly replayOf?: ReplayedRun | undefined;
}

/** Uploads the files that the job names on this machine, which the signal ends, and starts the run. */
export async function beginInference(
  cloud: Cloud,
  { runId, loaded, replayOf }: BegunInference,
  { screen, signal }: WatchOptions,
): Promise<StartedRun> {
  const local = localInputs(loaded);
  const inputs = runInputs(local, loaded.file);
  if (inputs.length > 0) screen.phase('upload');
  const onUpload = showUpload(screen);
  return await startInference(cloud, {
    ...{ runId, job: loaded.job, inputs, skipped: local.skipped, replayOf, signal, onUpload },
    model: await shippedModel(loaded),
  });
}

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
    screen.phase('cancel', { before: 'failed' });
    await cloud.workflows.stop(executionId, 'cancelled by the command line');
    screen.say(`${runId}: stopped`);
    screen.end();
    return { runId, ...(await interrupted(cloud, executionId, signal)) };
  }
}
