import { inferenceReport } from '../output/inference-report.ts';
import type { Summary } from '../output/summary.ts';
import { failureFrom } from '../output/summary.ts';
import { followInference, startInference } from '../run/inference.ts';
import {
  type CommittedInference,
  concludeInference,
  type InferenceOutcome,
  inferenceFigures,
} from '../run/inference-outcome.ts';
import { localInputs, localModel } from '../run/local-inputs.ts';
import { phasesOf, stays } from '../run/phases.ts';
import { newRunId } from '../run/training.ts';
import type { CommandContext } from './context.ts';
import { keepRun, reportPath } from './kept-run.ts';
import { openJob, prepareJob, withCloud } from './open-job.ts';

/** `lockstep infer JOB.yaml` */
export async function infer(file: string, context: CommandContext): Promise<Summary> {
  const loaded = openJob(file, 'infer');
  const { local } = loaded.job;
  await prepareJob({ file: loaded.file, local }, context);
  // What is missing on this machine is said before a cloud is started for it.
  localModel(loaded);
  localInputs(loaded);
  return await withCloud({ local }, context, async (cloud) => {
    const { screen, interrupt, home } = context;
    const runId = newRunId(loaded.job.name);
    const executionId = await startInference(runId, loaded, cloud);
    screen.say(`inference run ${runId}`);
    const trace = await followInference(runId, executionId, { cloud, screen, signal: interrupt.signal });
    const outcome = await concludeInference(trace, cloud, home);
    const result = outcome.failure ? failureFrom(outcome.failure) : summaryOf(outcome);
    keepRun(outcome.folder, inferenceReport(outcome), result);
    if (!result.ok) throw outcome.failure;
    return result;
  });
}

function summaryOf({ trace, folder, committed }: InferenceOutcome): Summary {
  const { uri } = committed as CommittedInference;
  return {
    ...{ ok: true, kind: 'infer', runs: [trace.runId] },
    ...inferenceFigures(committed as CommittedInference, trace),
    phases: phasesOf(stays(trace.visits, Date.now())),
    ...{ outputs: uri, report: reportPath(folder) },
  };
}
