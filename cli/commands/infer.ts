import { LockstepError } from '#core/errors.ts';
import { planCandidates } from '#core/fleet/candidates.ts';
import { leftOutLines } from '#core/inference/folder.ts';
import type { InferenceManifest, ReplayedRun } from '#core/inference/manifest.ts';
import { asGang } from '#core/inference/tend.ts';
import type { InferJob } from '#core/job/job.ts';
import { phasesOf, stays } from '#core/runs/phases.ts';
import type { InferenceTrace } from '#flows/runs/follow-inference.ts';
import { newRunId, type StartedRun } from '#flows/runs/start-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { Home } from '../home.ts';
import type { JobOverrides } from '../job/load-job.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import { readyModel } from '../models/ready-model.ts';
import { inferenceReport } from '../output/inference-report.ts';
import type { Summary } from '../output/summary.ts';
import { beginRun } from '../run/begun-run.ts';
import { type DetachedRun, detached } from '../run/detached.ts';
import { beginInference, watchInference } from '../run/inference.ts';
import {
  type CommittedInference,
  concludeInference,
  type InferenceOutcome,
  inferenceFigures,
} from '../run/inference-outcome.ts';
import { keepJob } from '../run/kept-job.ts';
import { checkLocalCapacity } from '../run/local-capacity.ts';
import { localInputs, localModel } from '../run/local-inputs.ts';
import { checkPythonPlace } from '../run/python-place.ts';
import type { CommandContext } from './context.ts';
import { keepFailure, keepRun, reportPath } from './kept-run.ts';
import { openJob, prepareJob, withCloud } from './open-job.ts';

/** `lockstep infer JOB.yaml` */
export async function infer(file: string, context: CommandContext, overrides?: JobOverrides): Promise<Summary> {
  const loaded = await readyJob(file, context, overrides);
  return await withCloud(loaded.job, context, async (cloud) => {
    const started = await startIn(cloud, loaded, context);
    context.screen.say(`inference run ${started.runId}`);
    return keepInference(await inferIn(cloud, started, context));
  });
}

/** `lockstep infer JOB.yaml --detach`: starts the run in a cloud that stays, and watches nothing. */
export async function inferDetached(
  file: string,
  context: CommandContext,
  overrides?: JobOverrides,
): Promise<DetachedRun> {
  const loaded = await readyJob(file, context, overrides);
  return await withCloud({ ...loaded.job, detach: true }, context, async (cloud) =>
    detached('infer', (await startIn(cloud, loaded, context)).runId, context),
  );
}

async function readyJob(file: string, context: CommandContext, overrides?: JobOverrides): Promise<LoadedInfer> {
  const loaded = openJob(file, 'infer', overrides);
  checkPythonPlace(loaded.job, context.choice);
  checkHosts(loaded.job);
  await prepareJob({ file: loaded.file, local: loaded.job.local }, context);
  // What is missing on this machine is said before a cloud is started for it.
  localModel(loaded);
  for (const line of leftOutLines(localInputs(loaded).skipped)) context.screen.say(line);
  return loaded;
}

/** Refuses hosts of types that nobody knows, or that no market offers, before anything is uploaded: LS_JOB_IMPOSSIBLE. */
function checkHosts({ hosts }: InferJob): void {
  if (hosts === undefined) return;
  const { candidates, refused } = planCandidates(asGang(hosts), hosts.zones.length > 0 ? hosts.zones : ['any zone']);
  if (candidates.length === 0) throw new LockstepError('LS_JOB_IMPOSSIBLE', refused.join('; '));
}

/** Starts the run, and keeps its job on this machine for those who replay it. */
export async function startIn(
  cloud: Cloud,
  loaded: LoadedInfer,
  context: CommandContext,
  replayOf?: ReplayedRun,
): Promise<StartedRun> {
  const { hosts } = loaded.job;
  if (hosts !== undefined) await checkLocalCapacity(cloud, asGang(hosts), 'hosts.min');
  await readyModel(cloud, loaded.job.model, context);
  const run = { runId: newRunId(cloud, loaded.job.name), loaded, replayOf };
  keepJob(context.home, run.runId, loaded);
  return await beginInference(cloud, run, { screen: context.screen, signal: context.interrupt.signal });
}

/** Watches a run and brings home what it came to. Rejects with RunFailed, its report and result kept, where it failed. */
export async function inferIn(
  cloud: Cloud,
  { runId, executionId }: StartedRun,
  { screen, interrupt, home }: CommandContext,
): Promise<InferenceOutcome> {
  beginRun(home, { runId, kind: 'infer' });
  const trace = await watchInference(cloud, { runId, executionId }, { screen, signal: interrupt.signal });
  return await concluded(trace, cloud, home);
}

/** Leaves the report and the result of an inference that has ended. Rejects with RunFailed where it failed. */
export const endInference = async (
  trace: InferenceTrace,
  cloud: Cloud,
  { home }: Pick<CommandContext, 'home'>,
): Promise<Summary> => keepInference(await concluded(trace, cloud, home));

async function concluded(trace: InferenceTrace, cloud: Cloud, home: Home): Promise<InferenceOutcome> {
  const outcome = await concludeInference(trace, cloud, home);
  const { failure: error, folder } = outcome;
  if (error === undefined) return outcome;
  throw keepFailure(folder, inferenceReport(outcome), { error, kind: 'infer', runs: [trace.runId] });
}

function failedFigures({ failed }: InferenceManifest): Pick<Summary, 'failed'> {
  if (failed === undefined) return {};
  const { dead, nulled, dropped, byClass } = failed;
  return { failed: { dead, nulled, dropped, byClass } };
}

/** Leaves the report and the summary of a run that has committed, and returns the summary. */
export function keepInference(outcome: InferenceOutcome): Summary {
  const { trace, folder } = outcome;
  const { uri, manifest } = outcome.committed as CommittedInference;
  const summary: Summary = {
    ...{ ok: true, kind: 'infer', runs: [trace.runId] },
    ...inferenceFigures(outcome.committed as CommittedInference, trace),
    ...(manifest.query !== undefined && { query: manifest.query }),
    ...failedFigures(manifest),
    ...(manifest.replayOf && { replayOf: manifest.replayOf.runId }),
    ...(manifest.skipped.count > 0 && { skipped: manifest.skipped }),
    phases: phasesOf(stays(trace.visits, Date.now())),
    ...{ outputs: uri, report: reportPath(folder) },
  };
  keepRun(folder, inferenceReport(outcome), summary);
  return summary;
}
