import { isLive } from '#core/gang/phases.ts';
import { seal } from '#core/gang/roster/seal.ts';
import { type AgentState, withCurrent } from '../agent.ts';
import { ownHost } from '../place.ts';
import { act, rest, type Turn } from '../turn.ts';
import { opId } from '../write-id.ts';

/** Seals the roster once every member of the gang is ready. */
export function sealRoster(state: AgentState): Turn {
  const { control, current, self } = state;
  if (control?.phase !== 'FORMING' || current.stored?.state !== 'READY') return rest(state);
  const { previousRoster } = current;
  // Survivors keep their ranks, so the roster before has to be known first.
  if (control.attempt > 0 && previousRoster === undefined) return rest(state);
  const sealed = seal({
    control,
    members: current.members,
    previous: previousRoster === 'none' ? undefined : previousRoster,
    gpuPerTask: self.gpuPerTask,
    opId: opId(state),
  });
  return sealed === undefined ? rest(state) : act(state, { type: 'writeControl', ...sealed });
}

/** Starts the host's tasks once the gang is complete; all its hosts do. */
export function startTasks(state: AgentState): Turn {
  const { control, current } = state;
  if (control === undefined || !isLive(control.phase) || current.tasks !== 'none') return rest(state);
  if (current.roster === undefined || ownHost(state) === undefined) return rest(state);
  const started = withCurrent(state, { tasks: 'starting' });
  return act(started, { type: 'startTasks', roster: current.roster, resumeEpoch: control.epoch });
}
