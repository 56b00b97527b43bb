import type { LoadedTrain } from '#adapters/job/loaded.ts';
import { checkFeasible } from '#core/job/feasibility.ts';
import { failureFrom, type Summary } from '../output/summary.ts';
import { trainingReport } from '../output/training-report.ts';
import { calm, chaosIn } from '../run/chaos.ts';
import { gangFigures } from '../run/gang-figures.ts';
import { checkProgram } from '../run/package-code.ts';
import { phasesOf, stays } from '../run/phases.ts';
import { newRunId, runTraining } from '../run/training.ts';
import { type CommittedTraining, concludeTraining, type TrainingOutcome } from '../run/training-outcome.ts';
import type { CommandContext } from './context.ts';
import { keepRun, reportPath } from './kept-run.ts';
import { openJob, prepareJob, withCloud } from './open-job.ts';

export interface TrainFlags {
  readonly chaos?: boolean;
}

/** `lockstep train JOB.yaml` */
export async function train(file: string, flags: TrainFlags, context: CommandContext): Promise<Summary> {
  const loaded = openJob(file, 'train');
  checkTraining(loaded, context);
  const { local } = loaded.job;
  await prepareJob({ file: loaded.file, local }, context);
  return await withCloud({ local }, context, async (cloud) => {
    const chaos = flags.chaos ? chaosIn(cloud) : calm;
    const { screen, interrupt, home } = context;
    const options = { cloud, loaded, screen, signal: interrupt.signal, chaos };
    const trace = await runTraining(newRunId(loaded.job.name), options);
    const outcome = await concludeTraining(trace, cloud, home);
    const result = outcome.failure ? failureFrom(outcome.failure) : summaryOf(outcome);
    keepRun(outcome.folder, trainingReport(outcome), result);
    if (!result.ok) throw outcome.failure;
    return result;
  });
}

function summaryOf({ trace, folder, committed }: TrainingOutcome): Summary {
  const { manifest, uri } = committed as CommittedTraining;
  const { accuracy } = manifest.metrics;
  return {
    ...{ ok: true, kind: 'train', runs: [trace.runId] },
    ...(accuracy !== undefined && { accuracy }),
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
