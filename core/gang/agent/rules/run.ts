import { isLive } from '#core/gang/phases.ts';
import { exitsOf, run, succeed } from '#core/gang/start.ts';
import { transition } from '#core/gang/transitions.ts';
import type { AgentState } from '../agent.ts';
import { act, rest, type Turn } from '../turn.ts';
import { opId } from '../write-id.ts';

/** All hosts have started their tasks: the gang runs. */
export function runTogether(state: AgentState): Turn {
  const { control, current } = state;
  if (control?.phase !== 'STARTING' || current.roster === undefined) return rest(state);
  const write = run(control, current.roster, current.members, opId(state));
  return write === undefined ? rest(state) : act(state, { type: 'writeControl', write });
}

/** All ranks have ended well: the run has succeeded. */
export function finish(state: AgentState): Turn {
  const { control, current } = state;
  if (control?.phase !== 'RUNNING' || current.roster === undefined) return rest(state);
  const write = succeed(control, current.roster, current.members, opId(state));
  return write === undefined ? rest(state) : act(state, { type: 'writeControl', write });
}

/** A task has failed, here or by the record of another member: the whole gang stops. */
export function raiseTheAlarm(state: AgentState): Turn {
  const { control, current } = state;
  if (control === undefined || !isLive(control.phase)) return rest(state);
  const failed = Object.entries({ ...exitsOf(current.members), ...current.exits }).find(
    ([, exit]) => exit.code !== 0 && !exit.stopped,
  );
  if (failed === undefined) return rest(state);
  const cause = { kind: 'task-failed', rank: Number(failed[0]), exit: failed[1] } as const;
  return act(state, { type: 'writeControl', write: transition.stop(control, opId(state), cause) });
}
