import { checkFeasible } from '#core/job/feasibility.ts';
import { gangFigures } from '#core/runs/gang-figures.ts';
import { phasesOf, stays } from '#core/runs/phases.ts';
import { newRunId } from '#flows/runs/start-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { JobOverrides } from '../job/load-job.ts';
import type { LoadedTrain } from '../job/loaded.ts';
import type { Summary } from '../output/summary.ts';
import { trainingReport } from '../output/training-report.ts';
import { beginRun } from '../run/begun-run.ts';
import { calm, chaosIn } from '../run/chaos.ts';
import { checkProgram } from '../run/package-code.ts';
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
  const loaded = openJob(file, 'train', flags);
  checkTraining(loaded, context);
  const { local } = loaded.job;
  await prepareJob({ file: loaded.file, local }, context);
  return await withCloud({ local }, context, async (cloud) => {
    const outcome = await trainIn(cloud, { loaded, flags, kind: 'train' }, context);
    const summary = summaryOf(outcome);
    keepRun(outcome.folder, trainingReport(outcome), summary);
    return summary;
  });
}

export interface Training {
  readonly loaded: LoadedTrain;
  readonly flags: TrainFlags;
  /** The command that the training is for. */
  readonly kind: 'train' | 'pipeline';
}

/** Trains and brings home what that came to. Rejects with RunFailed, its report and result kept, where it failed. */
export async function trainIn(
  cloud: Cloud,
  { loaded, flags, kind }: Training,
  { screen, interrupt, home }: CommandContext,
): Promise<TrainingOutcome> {
  const chaos = flags.chaos ? chaosIn(cloud) : calm;
  const runId = newRunId(cloud, loaded.job.name);
  const started = await beginTraining(cloud, runId, loaded);
  beginRun(home, { runId, kind });
  screen.say(`training run ${runId}`);
  const trace = await watchTraining(cloud, started, {
    ...{ screen, signal: interrupt.signal, chaos },
    withLogs: flags.logs ?? false,
  });
  const outcome = await concludeTraining(trace, cloud, home);
  const { failure: error, folder } = outcome;
  if (error === undefined) {
    sayIfBehind(outcome, screen);
    return outcome;
  }
  const { history } = gangFigures(trace);
  throw keepFailure(folder, trainingReport(outcome), {
    ...{ error, kind, runs: [runId], history },
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
