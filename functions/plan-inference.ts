import { planned, plannedByHosts } from '#core/inference/planned.ts';
import { type Ignored, type InferenceState, newStaging, type PlanInput } from '#core/inference/state.ts';
import type { InferJob } from '#core/job/job.ts';
import type { Runs } from '#core/runs/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import { isLeftToHosts } from '#flows/inference/hosts-plan.ts';
import { enterInbox } from '#flows/inference/inbox.ts';
import { type PlanPorts, planRun, wantsQuery } from '#flows/inference/plan-run.ts';
import { readJson } from '#formats/json/json-object.ts';
import { inferenceRuntime } from './inference-runtime.ts';
import { withPorts } from './object-runtime.ts';
import { runtime } from './runtime.ts';

export interface PlanInferencePorts extends PlanPorts {
  readonly runs: Runs;
  readonly clock: Clock;
  readonly log: Log;
}

/** Plan: divides the input of a run, or of an object in the inbox, into partitions; `staging` asks for the rows of a query first. */
export async function planInference(
  { input, execution }: PlanInput,
  ports: PlanInferencePorts,
): Promise<InferenceState | Ignored> {
  const state = 'detail' in input ? await enterInbox(ports.objects, input) : input;
  if ('ignored' in state) return state;
  const [{ runId }, { value: job }] = [state, await readJson<InferJob>(ports.objects, state.jobUri)];
  // Before anything can fail, so that a run that an event has started is on the list of runs also where it cannot be planned.
  const startedAt = ports.clock.wallMs();
  await ports.runs.record({ runId, kind: 'infer', job: job.name, startedAt, ...('detail' in input && { execution }) });
  if (await wantsQuery(ports, runId, job)) return { ...state, staging: newStaging(startedAt) };
  if (await isLeftToHosts(ports, runId, job)) return plannedByHosts(state, execution);
  const made = await planRun(ports, state);
  ports.log.info('planned', { runId, partitions: made.plan.partitions.length, inputs: made.plan.inputs.length });
  return planned(state, made, execution);
}

const ports = withPorts(runtime, inferenceRuntime);

export const handler = (input: PlanInput) => planInference(input, ports);
