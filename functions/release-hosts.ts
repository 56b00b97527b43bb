import type { WorkflowError } from '#core/inference/state.ts';
import type { TrainingState } from '#core/training/state.ts';
import { type ReleasePorts, releaseGang } from '#flows/gang/release-gang.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/** What EventBridge sends about an execution that ended without its Release state. The name of an execution is its run. */
export interface ExecutionEnded {
  readonly detail: { readonly name: string; readonly status: 'ABORTED' | 'TIMED_OUT' | 'FAILED' };
}

/** The state of the workflow, with what a `Catch` put into it. */
type Ending = TrainingState & { readonly error?: WorkflowError };

/** Gives back every host of a run, on every path: as the workflow's last state, or by the event of its sudden end. */
export async function releaseHosts<Input extends Ending | ExecutionEnded>(
  input: Input,
  ports: ReleasePorts,
): Promise<Input> {
  if ('detail' in input) {
    const { name, status } = input.detail;
    await releaseGang(ports, name, { phase: status === 'ABORTED' ? 'CANCELLED' : 'FAILED', by: status });
  } else {
    const by = input.failure?.code ?? input.error?.Error ?? 'the end of the workflow';
    await releaseGang(ports, input.runId, { phase: 'FAILED', by });
  }
  return input;
}

export const handler = (input: Ending | ExecutionEnded) => releaseHosts(input, fleetRuntime);
