import type { TrainJob } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { TrainingState } from '#core/training/state.ts';
import { type ControllerPorts, control } from '#flows/gang/gang-controller.ts';
import { readJson } from '#formats/json/json-object.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/** Takes a gang whose attempt has ended to its next attempt, to its result, or to its end. */
export async function decideGang(
  state: TrainingState,
  ports: ControllerPorts & { readonly objects: Objects },
): Promise<TrainingState> {
  const { limits } = (await readJson<TrainJob>(ports.objects, state.jobUri)).value;
  const sinceS = state.stoppingSince ?? Math.floor(ports.clock.wallMs() / 1000);
  const outcome = await control(ports, state.runId, { executionId: state.execution.id, limits, sinceS });
  const { stoppingSince, ...rest } = state;
  if (outcome === undefined) {
    const message = `the control item of run ${state.runId} is gone`;
    return { ...rest, next: 'release', waitS: 0, failure: { code: 'LS_RUN_NOT_FOUND', message } };
  }
  const { attempt } = outcome.control;
  switch (outcome.do) {
    case 'wait':
      return { ...rest, stoppingSince: sinceS, next: 'decide', waitS: 1 };
    case 'fail': {
      const { code, message } = outcome;
      return { ...rest, attempt, next: 'release', waitS: 0, failure: { code, message } };
    }
    case 'go':
      // A new attempt goes through the candidates from the first.
      return { ...rest, attempt, candidate: 0, round: 0, next: outcome.next, waitS: 0 };
  }
}

export const handler = (state: TrainingState) => decideGang(state, fleetRuntime);
