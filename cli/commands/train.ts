import type { LoadedTrain } from '#adapters/job/loaded.ts';
import { checkFeasible } from '#core/job/feasibility.ts';
import type { Summary } from '../output/summary.ts';
import { trainingReport } from '../output/training-report.ts';
import { calm, chaosIn } from '../run/chaos.ts';
import { gangFigures } from '../run/gang-figures.ts';
import { checkProgram } from '../run/package-code.ts';
import { phasesOf, stays } from '../run/phases.ts';
import { newRunId, runTraining } from '../run/training.ts';
import { concludeTraining } from '../run/training-outcome.ts';
import { type CommandContext, writeReport } from './context.ts';
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
    const report = writeReport(outcome.folder, trainingReport(outcome));
    if (outcome.committed === undefined) throw outcome.failure;
    const { manifest, uri } = outcome.committed;
    const { accuracy } = manifest.metrics;
    return {
      ...{ ok: true, kind: 'train', runs: [trace.runId] },
      ...(accuracy !== undefined && { accuracy }),
      ...gangFigures(trace),
      phases: phasesOf(stays(trace.visits, Date.now())),
      ...{ outputs: uri, report },
    };
  });
}

/** What can be refused before anything is started. */
export function checkTraining({ job, code }: LoadedTrain, { choice }: CommandContext): void {
  checkFeasible(job);
  if (code.module === undefined && choice.stack === undefined) checkProgram(job.task.command);
}
