/** What agents do to begin the next attempt by themselves, and what the controller does meanwhile to their hosts. */
import { drain } from '#core/gang/controller/drain.ts';
import { type Restart, restart } from '#core/gang/controller/restart.ts';
import type { Member, Roster } from '#core/gang/records.ts';
import { accountable } from '#core/gang/roster/accountable.ts';
import type { Removal } from './deliver.ts';
import { checkEnded } from './invariants.ts';
import { type Agent, type Doomed, type Move, membersOf, type World } from './world.ts';

const POLICY = { restarts: { user: 9, infrastructure: 9, preemption: 9 } };

/** Drains the gang, extends its leases, begins again: three requests, with anything in between. */
export function restartMoves(world: World, index: number, removed: Removal | undefined): readonly Move[] {
  const agent = world.agents[index] as Agent;
  const { id, view } = agent;
  const members = accountable(world.rosters[view.attempt], membersOf(world, view.attempt));
  const own = members.find((member) => member.instanceId === id);
  if (own?.state !== 'CLEAN') return [];
  const basis = { attempt: view.attempt, epoch: view.epoch };
  const name = (kind: string) => `${id}/${kind}/${view.attempt}`;
  const again = planOf(world, agent, removed);
  if (again === undefined) return [];
  if (view.phase === 'STOPPING') {
    const write = drain(view, removed === 'restart.clean' ? [] : members, new Set(), name('drain'));
    if (write === undefined) return [];
    return [{ name: `${id} drain`, sender: id, message: { kind: 'drain', write, basis } }];
  }
  if (agent.extended <= view.attempt && removed !== 'restart.leases') {
    const leases = extended(world, again.roster, removed);
    if (leases === undefined) return [];
    const agents = world.agents.with(index, { ...agent, extended: again.roster.attempt });
    return [{ name: `${id} extends the leases`, to: { ...world, agents, leases } }];
  }
  const { write, roster } = again;
  return [{ name: `${id} restart`, sender: id, message: { kind: 'restart', write, roster, basis } }];
}

function planOf(world: World, { id, view }: Agent, removed: Removal | undefined): Restart | undefined {
  if (view.phase !== 'STOPPING' && view.phase !== 'DRAINED') return undefined;
  const clean = (member: Member): Member => (removed === 'restart.clean' ? { ...member, state: 'CLEAN' } : member);
  const members = membersOf(world, view.attempt).map(clean);
  const gang = { control: view, roster: world.rosters[view.attempt], members };
  const again = restart(gang, POLICY, `${id}/restart/${view.attempt}`);
  if (again === undefined || removed !== 'restart.charge') return again;
  return { ...again, write: { ...again.write, set: { ...again.write.set, charged: view.charged } } };
}

function extended(
  { leases }: World,
  { hosts, attempt }: Roster,
  removed: Removal | undefined,
): World['leases'] | undefined {
  const isOurs = ({ instanceId }: { readonly instanceId: string }) => {
    const lease = leases[instanceId];
    return lease !== undefined && lease.attempt <= attempt && (!lease.isOver || removed === 'extend.over');
  };
  if (!hosts.every(isOurs)) return undefined;
  const more = hosts.map(({ instanceId }) => [instanceId, { ...leases[instanceId], attempt }]);
  return { ...leases, ...Object.fromEntries(more) };
}

/** True if every host that stays has a lease of the attempt. */
export const isLeased = ({ leases }: World, attempt: number): boolean =>
  Object.values(leases).every((lease) => lease.isOver || lease.attempt >= attempt);

/** Hosts that stay, as the controller has their leases extended before it raises the attempt. */
export function granted(world: World, attempt: number): World {
  const leases = Object.entries(world.leases).map(([id, lease]) => {
    return [id, lease.isOver || lease.attempt > attempt ? lease : { ...lease, attempt }];
  });
  return { ...world, leases: Object.fromEntries(leases) };
}

/** The controller believes a host to be lost or late that has not been clean when it looked; what it does comes later. */
export function endingMoves(world: World, removed: Removal | undefined): readonly Move[] {
  const { controllerView: view, doomed, leases } = world;
  if (doomed.length > 0) return doomed.map((one) => endingMove(world, one, removed));
  if (view.phase !== 'STOPPING') return [];
  const dirty = accountable(world.rosters[view.attempt], membersOf(world, view.attempt)).filter(
    ({ state }) => state !== 'CLEAN',
  );
  return dirty
    .filter(({ instanceId }) => leases[instanceId]?.isOver === false)
    .map(({ instanceId: id }) => ({
      name: `controller means to end ${id}`,
      to: { ...world, doomed: [{ id, attempt: view.attempt }] },
    }));
}

function endingMove(world: World, doomed: Doomed, removed: Removal | undefined): Move {
  const { id, attempt } = doomed;
  const lease = world.leases[id];
  const free = { ...world, doomed: [] };
  const isMine = lease !== undefined && (lease.attempt <= attempt || removed === 'end.attempt');
  if (!isMine) return { name: `controller finds ${id} taken over`, to: free };
  const agents = world.agents.map((agent) => (agent.id === id ? { ...agent, isUp: false, living: -1 } : agent));
  const leases = { ...world.leases, [id]: { ...lease, isOver: true } };
  return { name: `controller ends ${id}`, to: { ...free, agents, leases }, check: () => checkEnded(world, doomed) };
}
