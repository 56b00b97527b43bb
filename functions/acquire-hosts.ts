import type { TrainJob } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { StateOf } from '#core/training/state.ts';
import { type Acquired, type AcquirePorts, acquireGang } from '#flows/gang/acquire-gang.ts';
import { readJson } from '#formats/json/json-object.ts';
import { parseState } from '#formats/training/parse-state.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/** Tries one candidate for the hosts of a gang: all of them or none. */
export async function acquireHosts(
  state: StateOf<'acquire'>,
  ports: AcquirePorts & { readonly objects: Objects },
): Promise<Acquired> {
  const { value: job } = await readJson<TrainJob>(ports.objects, state.jobUri);
  return await acquireGang(ports, state, job);
}

export const handler = (input: unknown) => acquireHosts(parseState('acquire', input), fleetRuntime);
