import { enterInbox } from '#adapters/inference/inbox.ts';
import { type PlanPorts, planRun } from '#adapters/inference/plan-run.ts';
import type { Ignored, InferenceState, ObjectCreated } from '#core/job/workflow.ts';
import type { Clock, Log, Runs } from '#core/ports.ts';
import { runtime } from './runtime.ts';

export interface PlanInferencePorts extends PlanPorts {
  readonly runs: Runs;
  readonly clock: Clock;
  readonly log: Log;
}

/** Plan: divides the input of a run into partitions, or finds that done. Takes a run, or an object in the inbox. */
export async function planInference(
  input: InferenceState | ObjectCreated,
  ports: PlanInferencePorts,
): Promise<InferenceState | Ignored> {
  const state = 'detail' in input ? await enterInbox(ports.objects, input) : input;
  if ('ignored' in state) return state;
  const { plan, planUri } = await planRun(ports, state);
  const { runId } = state;
  await ports.runs.record({ runId, kind: 'infer', job: plan.job.name, startedAt: ports.clock.wallMs() });
  const partitions = plan.partitions.length;
  ports.log.info('planned', { runId, partitions, inputs: plan.inputs.length });
  return { ...state, planUri, partitions, maxConcurrency: plan.job.limits.maxConcurrency };
}

export const handler = (input: InferenceState | ObjectCreated) => planInference(input, runtime);
