import { phasesOf, stays } from '#core/runs/phases.ts';
import { newRunId, type StartedRun } from '#flows/runs/start-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { JobOverrides } from '../job/load-job.ts';
import { readyModel } from '../models/ready-model.ts';
import { inferenceReport } from '../output/inference-report.ts';
import type { Summary } from '../output/summary.ts';
import { beginRun } from '../run/begun-run.ts';
import { beginInference, watchInference } from '../run/inference.ts';
import {
  type CommittedInference,
  concludeInference,
  type InferenceOutcome,
  inferenceFigures,
} from '../run/inference-outcome.ts';
import { localInputs, localModel } from '../run/local-inputs.ts';
import type { CommandContext } from './context.ts';
import { keepFailure, keepRun, reportPath } from './kept-run.ts';
import { openJob, prepareJob, withCloud } from './open-job.ts';

/** `lockstep infer JOB.yaml` */
export async function infer(file: string, context: CommandContext, overrides?: JobOverrides): Promise<Summary> {
  const loaded = openJob(file, 'infer', overrides);
  const { local } = loaded.job;
  await prepareJob({ file: loaded.file, local }, context);
  // What is missing on this machine is said before a cloud is started for it.
  localModel(loaded);
  localInputs(loaded);
  return await withCloud({ local }, context, async (cloud) => {
    await readyModel(cloud, loaded.job.model, context);
    const run = { runId: newRunId(cloud, loaded.job.name), loaded };
    const watching = { screen: context.screen, signal: context.interrupt.signal };
    const started = await beginInference(cloud, run, watching);
    context.screen.say(`inference run ${started.runId}`);
    return keepInference(await inferIn(cloud, started, context));
  });
}

/** Watches a run and brings home what it came to. Rejects with RunFailed, its report and result kept, where it failed. */
export async function inferIn(
  cloud: Cloud,
  { runId, executionId }: StartedRun,
  { screen, interrupt, home }: CommandContext,
): Promise<InferenceOutcome> {
  beginRun(home, { runId, kind: 'infer' });
  const trace = await watchInference(cloud, { runId, executionId }, { screen, signal: interrupt.signal });
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
