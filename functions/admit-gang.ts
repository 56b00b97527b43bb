import { askAgainS } from '#core/gang/queue/admit.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import { acquisition, carried, type StateOf } from '#core/training/state.ts';
import { type AdmissionPorts, seekAdmission } from '#flows/gang/gang-admission.ts';
import { readJson } from '#formats/json/json-object.ts';
import { parseState } from '#formats/training/parse-state.ts';
import { runtime } from './runtime.ts';

/** Waits in the gang queue until it is this gang's turn to acquire its hosts. */
export async function admitGang(
  state: StateOf<'admit'>,
  ports: AdmissionPorts & { readonly objects: Objects },
): Promise<StateOf<'admit' | 'acquire' | 'decide'>> {
  const { value: job } = await readJson<TrainJob>(ports.objects, state.jobUri);
  const admission = await seekAdmission(ports, state, job);
  if (admission === 'wait') {
    return { ...state, waitS: askAgainS(ports.clock.wallMs() / 1000 - state.queuedAt) };
  }
  // A gang that was stopped while it waited has nothing to acquire: Decide ends it with the reason.
  return admission === 'over' ? { ...carried(state), next: 'decide', waitS: 0 } : acquisition(state);
}

export const handler = (input: unknown) => admitGang(parseState('admit', input), runtime);
