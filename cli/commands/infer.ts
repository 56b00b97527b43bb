import type { Cloud } from '../cloud/cloud.ts';
import { inferenceReport } from '../output/inference-report.ts';
import type { Summary } from '../output/summary.ts';
import { beginRun } from '../run/begun-run.ts';
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
import { keepFailure, keepRun, reportPath } from './kept-run.ts';
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
    const runId = newRunId(loaded.job.name);
    const executionId = await startInference(runId, loaded, cloud);
    context.screen.say(`inference run ${runId}`);
    return keepInference(await watchInference({ runId, executionId }, cloud, context));
  });
}

export interface StartedInference {
  readonly runId: string;
  readonly executionId: string;
}

/** Watches a run and brings home what it came to. Rejects with RunFailed, its report and result kept, where it failed. */
export async function watchInference(
  { runId, executionId }: StartedInference,
  cloud: Cloud,
  { screen, interrupt, home }: CommandContext,
): Promise<InferenceOutcome> {
  beginRun(home, { runId, kind: 'infer' });
  const trace = await followInference(runId, executionId, { cloud, screen, signal: interrupt.signal });
  const outcome = await concludeInference(trace, cloud, home);
  const { failure: error, folder } = outcome;
  if (error === undefined) return outcome;
  throw keepFailure(folder, inferenceReport(outcome), { error, kind: 'infer', runs: [runId] });
}

/** Leaves the report and the summary of a run that has committed, and returns the summary. */
export function keepInference(outcome: InferenceOutcome): Summary {
  const { trace, folder } = outcome;
  const { uri } = outcome.committed as CommittedInference;
  const summary: Summary = {
    ...{ ok: true, kind: 'infer', runs: [trace.runId] },
    ...inferenceFigures(outcome.committed as CommittedInference, trace),
    phases: phasesOf(stays(trace.visits, Date.now())),
    ...{ outputs: uri, report: reportPath(folder) },
  };
  keepRun(folder, inferenceReport(outcome), summary);
  return summary;
}
