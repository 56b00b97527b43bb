import type { WorkflowError } from '#core/inference/state.ts';
import type { TrainingState } from '#core/training/state.ts';
import { type ExecutionEnded, releaseAfter } from '#flows/gang/release-after.ts';
import { type ReleasePorts, releaseGang } from '#flows/gang/release-gang.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/** The state of the workflow, with what a `Catch` put into it. */
type Ending = TrainingState & { readonly error?: WorkflowError };

/** Gives back every host of a run, on every path: as the workflow's last state, or by the event of its sudden end. */
export async function releaseHosts<Input extends Ending | ExecutionEnded>(
  input: Input,
  ports: ReleasePorts,
): Promise<Input> {
  if ('detail' in input) {
    await releaseAfter(ports, input);
  } else {
    const by = input.failure?.code ?? input.error?.Error ?? 'the end of the workflow';
    await releaseGang(ports, input.runId, { executionId: input.execution.id, phase: 'FAILED', by });
  }
  return input;
}

export const handler = (input: Ending | ExecutionEnded) => releaseHosts(input, fleetRuntime);
