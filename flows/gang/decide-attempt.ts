import { secondsLeft } from '#core/gang/run-time.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import {
  acquisition,
  awaiting,
  carried,
  type Deciding,
  decidingAgain,
  isUnwatched,
  lost,
  type StateOf,
} from '#core/training/state.ts';
import { readJson } from '#formats/json/json-object.ts';
import { type ControllerPorts, control } from './gang-controller.ts';

/** Where the end of an attempt may lead. */
export type Decided = StateOf<'decide' | 'acquire' | 'run' | 'publish' | 'release'>;

/** Takes a gang whose attempt has ended to its next attempt, to its result, or to its end. */
export async function decideAttempt(
  ports: ControllerPorts & { readonly objects: Objects },
  state: Deciding,
): Promise<Decided> {
  const { limits } = (await readJson<TrainJob>(ports.objects, state.jobUri)).value;
  const before = state.next === 'decide' ? state.stoppingSince : undefined;
  const sinceS = before ?? Math.floor(ports.clock.wallMs() / 1000);
  const options = { executionId: state.execution.id, limits, queuedAtS: state.queuedAt, sinceS };
  const leftS = () => secondsLeft(state.queuedAt, limits, ports.clock.wallMs());
  const unwatched = isUnwatched(state, leftS()) ? state.attempt : undefined;
  const outcome = await control(ports, state.runId, { ...options, unwatched });
  if (outcome === undefined) {
    return lost(state, 'LS_RUN_NOT_FOUND', `the control item of run ${state.runId} is gone`);
  }
  const at = { ...carried(state), attempt: outcome.control.attempt };
  if (outcome.do === 'wait') return decidingAgain(at, sinceS, { nowMs: ports.clock.wallMs(), leftS: leftS(), limits });
  if (outcome.do === 'fail') return lost(at, outcome.code, outcome.message);
  if (outcome.next === 'acquire') return acquisition(at);
  if (outcome.next === 'publish') return { ...at, next: 'publish' };
  return awaiting(at, leftS());
}
