import type { Lease } from '#core/fleet/records.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { INSTANCE_TYPES } from '#core/resources/instance-types.ts';
import { attemptStories } from '#core/runs/attempts.ts';
import { failureOf, statusOf } from '#core/runs/failure.ts';
import { stays } from '#core/runs/phases.ts';
import type { RunRecord } from '#core/runs/ports.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { type FoundExecution, findExecution } from './find-execution.ts';
import { countBelow } from './follow-inference.ts';
import { inferenceFailure } from './inference-failure.ts';
import type { RunPorts } from './ports.ts';
import type { HostView, RunDetails, RunView } from './run-view.ts';

/** The newest runs first, at most so many. */
export async function listRuns(ports: RunPorts, limit: number): Promise<readonly RunView[]> {
  const records = await ports.runs.list(limit);
  return await Promise.all(records.map(async (record) => viewOf(ports, record, await findExecution(ports, record))));
}

/** Everything about one run that `list` has a record of. */
export async function describeRun(ports: RunPorts, record: RunRecord): Promise<RunDetails> {
  const execution = await findExecution(ports, record);
  const [view, visits, leases] = await Promise.all([
    viewOf(ports, record, execution),
    execution === undefined ? [] : ports.workflows.visits(execution.id),
    ports.leases.leases(record.runId),
  ]);
  const manifest = manifestUri(ports, record);
  const isCommitted = (await ports.objects.head(manifest)) !== undefined;
  const partitions = record.kind === 'infer' ? await partitionsOf(ports, record.runId) : undefined;
  return {
    ...view,
    stays: stays(visits, ports.clock.wallMs()),
    hosts: leases.map(hostView),
    ...(partitions !== undefined && { partitions }),
    ...(isCommitted && { outputs: manifest }),
  };
}

async function viewOf(ports: RunPorts, run: RunRecord, execution: FoundExecution | undefined): Promise<RunView> {
  const { runId } = run;
  const [state, control, journal, progress] = await Promise.all([
    execution === undefined ? lastingState(ports, run) : statusOf(execution),
    ports.control.read(runId),
    ports.journal.endings(runId),
    ports.progress.get(runId),
  ]);
  const failure = execution === undefined || state === 'running' ? undefined : await failureIn(ports, run, execution);
  return {
    ...run,
    state,
    ...(execution?.endedAt !== undefined && { endedAt: execution.endedAt }),
    ...(execution?.resumed && { resumed: execution.resumed }),
    ...(failure !== undefined && { failure: { code: failure.code, message: failure.message } }),
    ...(control !== undefined && { gang: { phase: control.phase, attempt: control.attempt } }),
    ...(progress !== undefined && { progress }),
    history: attemptStories(control, journal),
  };
}

async function failureIn(ports: RunPorts, { runId, kind }: RunRecord, execution: FoundExecution) {
  return kind === 'infer' ? await inferenceFailure(ports, runId, execution) : failureOf(execution);
}

function hostView({ runId: _, attempt: __, ...host }: Lease): HostView {
  const accelerators = INSTANCE_TYPES.get(host.instanceType)?.accelerators;
  if (accelerators === undefined) return host;
  const { model, memoryGiB } = accelerators;
  return { ...host, accelerator: { model, memoryGiB } };
}

/** What is left of a run when nobody remembers its execution. */
async function lastingState(ports: RunPorts, run: RunRecord): Promise<'succeeded' | 'unknown'> {
  return (await ports.objects.head(manifestUri(ports, run))) === undefined ? 'unknown' : 'succeeded';
}

function manifestUri({ bucket }: RunPorts, { runId, kind }: RunRecord): string {
  const at = runObjects({ bucket, runId });
  return kind === 'train' ? at.trainManifest : at.success;
}

async function partitionsOf(ports: RunPorts, runId: string): Promise<RunDetails['partitions']> {
  const at = runObjects({ bucket: ports.bucket, runId });
  const plan = await readJsonIfAny<InferencePlan>(ports.objects, at.plan);
  if (plan === undefined) return undefined;
  return { done: await countBelow(ports, at.taskManifests), of: plan.value.partitions.length };
}
