import { checkFeasible } from '#core/job/feasibility.ts';
import { gangFigures } from '#core/runs/gang-figures.ts';
import { phasesOf, stays } from '#core/runs/phases.ts';
import type { TrainingTrace } from '#flows/runs/follow-training.ts';
import { newRunId } from '#flows/runs/start-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { checkProgram } from '../code/check-program.ts';
import type { JobOverrides } from '../job/load-job.ts';
import type { LoadedTrain } from '../job/loaded.ts';
import type { Summary } from '../output/summary.ts';
import { trainingReport } from '../output/training-report.ts';
import { beginRun } from '../run/begun-run.ts';
import { calm, chaosIn } from '../run/chaos.ts';
import { type DetachedRun, detached } from '../run/detached.ts';
import { beginTraining, watchTraining } from '../run/training.ts';
import { type CommittedTraining, concludeTraining, logsFolder, type TrainingOutcome } from '../run/training-outcome.ts';
import type { CommandContext } from './context.ts';
import { keepFailure, keepRun, reportPath } from './kept-run.ts';
import { openJob, prepareJob, withCloud } from './open-job.ts';

export interface TrainFlags extends JobOverrides {
  readonly chaos?: boolean;
  readonly logs?: boolean;
}

/** `lockstep train JOB.yaml` */
export async function train(file: string, flags: TrainFlags, context: CommandContext): Promise<Summary> {
  const loaded = await readyJob(file, flags, context);
  return await withCloud(loaded.job, context, async (cloud) =>
    keepTraining(await trainIn(cloud, { loaded, flags, kind: 'train' }, context)),
  );
}

/** `lockstep train JOB.yaml --detach`: starts the run in a cloud that stays, and watches nothing. */
export async function trainDetached(
  file: string,
  overrides: JobOverrides,
  context: CommandContext,
): Promise<DetachedRun> {
  const loaded = await readyJob(file, overrides, context);
  return await withCloud({ ...loaded.job, detach: true }, context, async (cloud) => {
    const runId = newRunId(cloud, loaded.job.name);
    await beginTraining(cloud, { runId, loaded }, { screen: context.screen, signal: context.interrupt.signal });
    return detached('train', runId, context);
  });
}

async function readyJob(file: string, overrides: JobOverrides, context: CommandContext): Promise<LoadedTrain> {
  const loaded = openJob(file, 'train', overrides);
  checkTraining(loaded, context);
  await prepareJob({ file: loaded.file, local: loaded.job.local }, context);
  return loaded;
}

/** Leaves the report and the summary of a run that has committed, and returns the summary. */
export function keepTraining(outcome: TrainingOutcome): Summary {
  const summary = summaryOf(outcome);
  keepRun(outcome.folder, trainingReport(outcome), summary);
  return summary;
}

export interface Training {
  readonly loaded: LoadedTrain;
  readonly flags: TrainFlags;
  /** The command that the training is for. */
  readonly kind: 'train' | 'pipeline';
}

interface Concerning {
  readonly cloud: Cloud;
  readonly kind: Training['kind'];
}

/** Trains and brings home what that came to. Rejects with RunFailed, its report and result kept, where it failed. */
export async function trainIn(
  cloud: Cloud,
  { loaded, flags, kind }: Training,
  context: CommandContext,
): Promise<TrainingOutcome> {
  const { screen, interrupt, home } = context;
  const chaos = flags.chaos ? chaosIn(cloud) : calm;
  const runId = newRunId(cloud, loaded.job.name);
  const { signal } = interrupt;
  const started = await beginTraining(cloud, { runId, loaded }, { screen, signal });
  beginRun(home, { runId, kind });
  screen.say(`training run ${runId}`);
  const trace = await watchTraining(cloud, started, {
    ...{ screen, signal, chaos },
    withLogs: flags.logs ?? false,
  });
  return await endTraining(trace, { cloud, kind }, context);
}

/** Brings home what a training that has ended came to. Rejects with RunFailed, its report and result kept, where it failed. */
export async function endTraining(
  trace: TrainingTrace,
  { cloud, kind }: Concerning,
  { home, screen }: CommandContext,
): Promise<TrainingOutcome> {
  const outcome = await concludeTraining(trace, cloud, home);
  const { failure: error, folder } = outcome;
  if (error === undefined) {
    sayIfBehind(outcome, screen);
    return outcome;
  }
  const { history } = gangFigures(trace);
  throw keepFailure(folder, trainingReport(outcome), {
    ...{ error, kind, runs: [trace.runId], history },
    ...logsFolder(outcome),
  });
}

/** A run that another one overtook, queued later and done before, keeps its model to itself. */
function sayIfBehind({ trace, committed }: TrainingOutcome, screen: CommandContext['screen']): void {
  const latest = committed?.latestRunId ?? trace.runId;
  if (latest === trace.runId) return;
  screen.say(`the published model stays that of run ${latest}, queued later; this run's own: ${committed?.uri}`);
}

function summaryOf({ trace, folder, committed }: TrainingOutcome): Summary {
  const { manifest, uri } = committed as CommittedTraining;
  const { accuracy } = manifest.metrics;
  return {
    ...{ ok: true, kind: 'train', runs: [trace.runId] },
    ...(typeof accuracy === 'number' && { accuracy }),
    ...gangFigures(trace),
    phases: phasesOf(stays(trace.visits, Date.now())),
    ...{ outputs: uri, report: reportPath(folder) },
  };
}

/** What can be refused before anything is started. */
export function checkTraining({ job, code }: LoadedTrain, { choice }: CommandContext): void {
  checkFeasible(job);
  if (code.module === undefined && choice.stack === undefined) checkProgram(job.task.command);
}
