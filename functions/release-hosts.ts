import type { EndingState } from '#core/training/state.ts';
import { type ExecutionEnded, releaseAfter } from '#flows/gang/release-after.ts';
import { type ReleasePorts, releaseGang } from '#flows/gang/release-gang.ts';
import { parseEnding } from '#formats/training/parse-state.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/** Gives back every host of a run, on every path: as the workflow's last state, or by the event of its sudden end. */
export async function releaseHosts<Input extends EndingState | ExecutionEnded>(
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

export const handler = (input: object) =>
  releaseHosts('detail' in input ? (input as ExecutionEnded) : parseEnding(input), fleetRuntime);
