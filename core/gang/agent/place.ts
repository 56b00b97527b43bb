import { taskSlots } from '#core/resources/units.ts';
import type { Control, RosterHost } from '../records.ts';
import { tasksPerHost } from '../roster/roster.ts';
import type { AgentState } from './agent.ts';

/** The agent's own line of the roster of the current attempt; undefined before the seal, or for another boot of the host. */
export function ownHost(state: AgentState): RosterHost | undefined {
  const { instanceId, bootId, nonce } = state.self;
  return state.current.roster?.hosts.find(
    (host) => host.instanceId === instanceId && host.bootId === bootId && host.nonce === nonce,
  );
}

export const ownRanks = (state: AgentState): readonly number[] => ownHost(state)?.tasks.map((task) => task.rank) ?? [];

/** Hosts that watch the heartbeats of all: enough to notice any that falls silent, few enough for a gang of hundreds. */
const WATCHERS = 8;

/** True if this host is one of the watchers, which are spread evenly over the roster. */
export function isWatcher(state: AgentState): boolean {
  const hosts = state.current.roster?.hosts ?? [];
  const place = hosts.findIndex((host) => host.instanceId === state.self.instanceId);
  const share = (end: number) => Math.floor((end * WATCHERS) / hosts.length);
  return place >= 0 && (hosts.length <= WATCHERS || share(place + 1) > share(place));
}

/** Hosts that tell the workflow of an end that somebody else has written: two, in case one is what the end is about. */
const SPOKESMEN = 2;

/** True if this host tells the workflow of whatever ends the attempt. Before there is a roster every host does. */
export function isSpokesman({ current, self }: AgentState): boolean {
  const { roster, stored } = current;
  if (roster === undefined) return stored !== undefined;
  return roster.hosts.slice(0, SPOKESMEN).some((host) => host.instanceId === self.instanceId);
}

/** True if the accelerators that were found are enough for this host's share of the tasks. */
function hasEnough(accelerators: readonly string[], control: Control, gpuPerTask: number): boolean {
  return taskSlots(accelerators.length, gpuPerTask) >= tasksPerHost(control);
}

/** Why this host cannot take part: it could not be prepared, or has found too few accelerators. */
export function unfitness(state: AgentState, control: Control): AgentState['unfit'] {
  const { unfit, accelerators, self } = state;
  if (unfit !== undefined) return unfit;
  if (accelerators === undefined || hasEnough(accelerators, control, self.gpuPerTask)) return undefined;
  const evidence = `${tasksPerHost(control)} tasks with ${self.gpuPerTask} each, found ${accelerators.length}`;
  return { why: 'accelerators-missing', evidence };
}
