import { following } from '#core/gang/phases.ts';
import { ranksOf } from '#core/gang/roster/roster.ts';
import { arrivalKey, type Basis, type Doomed, type Message, membersOf, type World } from './world.ts';

/** An invariant that does not hold: what the explorer looks for. */
export class Breach extends Error {}

const demand = (holds: boolean, what: string): void => {
  if (!holds) throw new Breach(what);
};

/** I2, I3, I4, I8, I9, I10, I11, I14 and I16: what a transition of the control item must not do. */
export function checkTransition(before: World, after: World, { kind, basis }: Message): void {
  const [from, to] = [before.control, after.control];
  demand(basis.attempt === from.attempt, `I2: ${kind} of attempt ${basis.attempt} changed attempt ${from.attempt}`);
  const isRaised = to.attempt !== from.attempt;
  demand(
    !isRaised || (to.attempt === from.attempt + 1 && from.phase === 'DRAINED'),
    `I3: attempt raised in ${from.phase}`,
  );
  const spent = charges(to) - charges(from);
  demand(spent === (isRaised ? 1 : 0), `I16: ${kind} charged ${spent}`);
  demand(isRaised || to.epoch === from.epoch || to.epoch === from.epoch + 1, `I3: epoch ${from.epoch} → ${to.epoch}`);
  const isLegal = from.phase === to.phase || following(from.phase).includes(to.phase);
  demand(isLegal, `I8: ${from.phase} → ${to.phase}`);
  demand(
    !after.released.some((place) => after.aborted.includes(place)),
    `I9: a barrier was both released and aborted by ${kind}`,
  );
  const isSameCause = JSON.stringify(from.cause) === JSON.stringify(to.cause);
  demand(isRaised || from.cause === undefined || isSameCause, 'I11: the cause was set twice');
  if (kind === 'seal' || kind === 'restart') checkRoster(after);
  if (kind === 'restart') checkLeases(after);
  if (to.phase === 'SUCCEEDED' && from.phase !== 'SUCCEEDED') checkSuccess(after);
}

const charges = ({ charged }: World['control']): number => Object.values(charged).reduce((sum, one) => sum + one, 0);

/** A gang that goes on has the right to each of its hosts, for as long as it does. */
function checkLeases({ control, rosters, leases }: World): void {
  const missing = (rosters[control.attempt]?.hosts ?? []).filter(({ instanceId }) => {
    const lease = leases[instanceId];
    return lease === undefined || lease.isOver || lease.attempt !== control.attempt;
  });
  demand(missing.length === 0, `I14: attempt ${control.attempt} begins without a lease`);
}

/** I14: no host is ended in the name of an attempt that has gone on without whoever decided so. */
export function checkEnded({ control, rosters }: World, { id, attempt }: Doomed): void {
  const isNeeded = rosters[control.attempt]?.hosts.some(({ instanceId }) => instanceId === id) === true;
  demand(
    control.attempt === attempt || !isNeeded,
    `I14: ${id} of attempt ${control.attempt} was ended for attempt ${attempt}`,
  );
}

function checkRoster(world: World): void {
  const roster = world.rosters[world.control.attempt];
  demand(roster !== undefined, 'I5: STARTING without a roster');
  const ranks = roster === undefined ? [] : ranksOf(roster);
  demand(
    ranks.length === world.control.worldSize && ranks.every((rank, index) => rank === index),
    `I4: ranks ${ranks}`,
  );
}

function checkSuccess(world: World): void {
  const { attempt, worldSize } = world.control;
  const codes = membersOf(world, attempt).flatMap((member) => Object.values(member.exits).map((exit) => exit.code));
  demand(codes.length === worldSize && codes.every((code) => code === 0), `I10: succeeded with exits [${codes}]`);
}

/** I6: tasks of at most one attempt live. */
export function checkLiving(world: World): void {
  const living = new Set(world.agents.map((agent) => agent.living).filter((attempt) => attempt >= 0));
  demand(living.size <= 1, `I6: tasks of attempts ${[...living].join(' and ')} live`);
  if (world.control.phase === 'DRAINED') demand(living.size === 0, 'I6: drained with living tasks');
}

/** I1 and I9: what must be so when a task passes a barrier. */
export function checkPass(world: World, place: Basis): void {
  const key = arrivalKey(place);
  const called = world.called[key] ?? [];
  demand(called.length === world.control.worldSize, `I1: passed ${key} when only [${called}] had called`);
  demand(world.released.includes(key), `I9: passed ${key} without a release`);
}
