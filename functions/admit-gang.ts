import { askAgainS } from '#core/gang/queue/admit.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { TrainingState } from '#core/training/state.ts';
import { type AdmissionPorts, seekAdmission } from '#flows/gang/gang-admission.ts';
import { readJson } from '#formats/json/json-object.ts';
import { runtime } from './runtime.ts';

/** Waits in the gang queue until it is this gang's turn to acquire its hosts. */
export async function admitGang(
  state: TrainingState,
  ports: AdmissionPorts & { readonly objects: Objects },
): Promise<TrainingState> {
  const { value: job } = await readJson<TrainJob>(ports.objects, state.jobUri);
  const admission = await seekAdmission(ports, state, job);
  if (admission === 'wait') {
    const nowS = ports.clock.wallMs() / 1000;
    return { ...state, next: 'admit', waitS: askAgainS(nowS - (state.queuedAt ?? nowS)) };
  }
  // A gang that was stopped while it waited has nothing to acquire: Decide ends it with the reason.
  return { ...state, next: admission === 'over' ? 'decide' : 'acquire', waitS: 0 };
}

export const handler = (state: TrainingState) => admitGang(state, runtime);
