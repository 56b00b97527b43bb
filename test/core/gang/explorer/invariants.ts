import { following } from '#core/gang/phases.ts';
import { ranksOf } from '#core/gang/roster/roster.ts';
import { arrivalKey, type Basis, type Message, membersOf, type World } from './world.ts';

/** An invariant that does not hold: what the explorer looks for. */
export class Breach extends Error {}

const demand = (holds: boolean, what: string): void => {
  if (!holds) throw new Breach(what);
};

/** I2, I3, I4, I8, I9, I10 and I11: what a transition of the control item must not do. */
export function checkTransition(before: World, after: World, { kind, basis }: Message): void {
  const [from, to] = [before.control, after.control];
  demand(basis.attempt === from.attempt, `I2: ${kind} of attempt ${basis.attempt} changed attempt ${from.attempt}`);
  const isRaised = to.attempt !== from.attempt;
  demand(
    !isRaised || (to.attempt === from.attempt + 1 && from.phase === 'DRAINED'),
    `I3: attempt raised in ${from.phase}`,
  );
  demand(isRaised || to.epoch === from.epoch || to.epoch === from.epoch + 1, `I3: epoch ${from.epoch} → ${to.epoch}`);
  const isLegal = from.phase === to.phase || following(from.phase).includes(to.phase);
  demand(isLegal, `I8: ${from.phase} → ${to.phase}`);
  demand(
    !after.released.some((place) => after.aborted.includes(place)),
    `I9: a barrier was both released and aborted by ${kind}`,
  );
  const isSameCause = JSON.stringify(from.cause) === JSON.stringify(to.cause);
  demand(isRaised || from.cause === undefined || isSameCause, 'I11: the cause was set twice');
  if (kind === 'seal') checkRoster(after);
  if (to.phase === 'SUCCEEDED' && from.phase !== 'SUCCEEDED') checkSuccess(after);
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
