import type { Progress } from '#core/training/progress.ts';
import { type CancelOptions, cancelTraining } from '#flows/runs/cancel-run.ts';
import { followTraining, readGang, type TrainingTrace } from '#flows/runs/follow-training.ts';
import type { RunEvent } from '#flows/runs/run-event.ts';
import { type StartedRun, startTraining } from '#flows/runs/start-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { packageCode } from '../code/package-code.ts';
import { openHome } from '../home.ts';
import type { LoadedTrain } from '../job/loaded.ts';
import { cancelledText } from '../output/cancelled-text.ts';
import type { Screen } from '../output/screen.ts';
import { showRun } from '../output/show-run.ts';
import type { Chaos } from './chaos.ts';
import { interrupted } from './interrupted.ts';
import { checkLocalCapacity } from './local-capacity.ts';
import { localSecrets } from './local-secrets.ts';

export interface WatchOptions {
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export interface TrainingOptions extends WatchOptions {
  readonly chaos: Chaos;
  /** Show what the tasks print. */
  readonly withLogs: boolean;
}

/** Packs the code of a job, says what travels, and starts a run of it. */
export async function beginTraining(
  cloud: Cloud,
  { runId, loaded }: { readonly runId: string; readonly loaded: LoadedTrain },
  { screen, signal }: WatchOptions,
): Promise<StartedRun> {
  const { job, code: source } = loaded;
  await checkLocalCapacity(cloud, job.gang);
  if (cloud.offerSecret !== undefined) {
    const secrets = localSecrets(job, { folder: openHome().folder, env: process.env });
    for (const secret of secrets) await cloud.offerSecret(secret);
  }
  await using code = await packageCode(source, job.task, signal);
  for (const line of code?.lines ?? []) screen.say(line);
  return await startTraining(cloud, { runId, job, code });
}

/** Shows a training run until its execution has ended, which the signal brings about. */
export async function watchTraining(
  cloud: Cloud,
  { runId, executionId }: StartedRun,
  { screen, signal, chaos, withLogs }: TrainingOptions,
): Promise<TrainingTrace> {
  const show = showRun(screen);
  const progress: Progress[] = [];
  const onEvent = async (event: RunEvent) => {
    show(event);
    if (event.kind !== 'progress') return;
    progress.push(event.progress);
    const done = await chaos.strike(runId, event.progress);
    if (done !== undefined) screen.say(done);
  };
  try {
    return await followTraining(cloud, { runId, executionId, signal, onEvent, withLogs });
  } catch (error) {
    if (!signal.aborted) throw error;
    await cancel(cloud, runId, screen);
    const ended = await interrupted(cloud, executionId, signal);
    return { ...ended, ...(await readGang(cloud, runId)), runId, progress };
  }
}

async function cancel(cloud: Cloud, runId: string, screen: Screen): Promise<void> {
  screen.phase('cancel', { before: 'failed' });
  const onGrace: CancelOptions['onGrace'] = (graceS) =>
    screen.say(`${runId}: tasks are asked to end, and have ${graceS} s; once more Ctrl-C ends them at once`);
  const done = await cancelTraining(cloud, runId, { by: 'the command line', onGrace });
  screen.say(`${runId}: stopped; ${cancelledText(done)}`);
  screen.end();
}
