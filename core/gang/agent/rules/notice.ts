import { isLive } from '#core/gang/phases.ts';
import { transition } from '#core/gang/transitions.ts';
import { type AgentState, withCurrent } from '../agent.ts';
import { ownHost } from '../place.ts';
import { act, rest, type Turn } from '../turn.ts';
import { opId } from '../write-id.ts';

/** This host will be taken away: all ranks are asked to checkpoint, then the attempt stops and goes on elsewhere. */
export function preempted(state: AgentState, nowMs: number): Turn {
  const { control, notice, timing, self } = state;
  if (notice === undefined || control === undefined || !isLive(control.phase)) return rest(state);
  if (ownHost(state) === undefined) return rest(state);
  if (nowMs - notice.atMs >= timing.noticeMs) {
    const cause = { kind: 'preempted', instanceId: self.instanceId, notice: notice.text } as const;
    return act(state, { type: 'writeControl', write: transition.stop(control, opId(state), cause) });
  }
  if (control.directive !== undefined) return rest(state);
  const directive = { kind: 'checkpoint', instanceId: self.instanceId, reason: notice.text } as const;
  return act(state, { type: 'writeControl', write: transition.direct(control, opId(state), directive) });
}

/** Passes a directive on to the tasks of this host, once. */
export function direct(state: AgentState): Turn {
  const { control, current } = state;
  if (control?.directive === undefined || current.isDirected || current.tasks !== 'running') return rest(state);
  return act(withCurrent(state, { isDirected: true }), { type: 'notifyTasks', directive: control.directive });
}
