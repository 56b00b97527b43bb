import { invariant } from '#core/errors.ts';
import type { InferenceState } from '#core/inference/state.ts';
import type { ExecutionEnded } from '#flows/gang/release-after.ts';
import { type ReleaseCrewPorts, releaseCrew, releaseCrewsOf } from '#flows/inference/hosts-release.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/** Gives back every host that predicts for a run: as a state of its workflow, or by the event of its sudden end. */
export async function releaseHostsOf<Input extends InferenceState | ExecutionEnded>(
  input: Input,
  ports: ReleaseCrewPorts,
): Promise<Input> {
  if ('detail' in input) {
    await releaseCrewsOf(ports, input.detail.executionArn);
    return input;
  }
  invariant(input.execution, `${input.runId} comes to its release without its execution`);
  await releaseCrew(ports, input.runId, { owner: input.execution });
  return input;
}

export const handler = (input: InferenceState | ExecutionEnded) => releaseHostsOf(input, fleetRuntime);
