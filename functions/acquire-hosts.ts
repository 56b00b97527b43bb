import { type AcquirePorts, acquireGang } from '#adapters/gang/acquire-gang.ts';
import { readJson } from '#adapters/json-object.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { TrainingState } from '#core/job/workflow.ts';
import type { Objects } from '#core/ports.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/** Tries one candidate for the hosts of a gang: all of them or none. */
export async function acquireHosts(
  state: TrainingState,
  ports: AcquirePorts & { readonly objects: Objects },
): Promise<TrainingState> {
  const { value: job } = await readJson<TrainJob>(ports.objects, state.jobUri);
  return await acquireGang(ports, state, job);
}

export const handler = (state: TrainingState) => acquireHosts(state, fleetRuntime);
