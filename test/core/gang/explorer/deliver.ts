import { arrived } from '#core/gang/barrier/arrive.ts';
import { applied, fits } from '#core/gang/condition.ts';
import type { ControlWrite } from '#core/gang/control-write.ts';
import { type Arrival, type Arrivals, type Control, PHASES } from '#core/gang/records.ts';
import { checkTransition } from './invariants.ts';
import { arrivalKey, type Basis, type Message, type World } from './world.ts';

/** A condition that is taken away, to see that it was needed: `release.epoch`, `arrive.kind`, … */
export type Removal =
  | `${'release' | 'abort'}.${'attempt' | 'phase' | 'epoch'}`
  | `${'seal' | 'raise' | 'restart' | 'succeed' | 'drain'}.${'attempt' | 'phase'}`
  | 'restart.clean'
  | 'restart.charge'
  | 'restart.leases'
  | 'extend.over'
  | 'end.attempt'
  | `arrive.${'set' | 'kind' | 'attempt' | 'epoch'}`
  | 'drain.clean'
  | 'drain.roster';

/** Lets a message take effect, if the stored state still is what its conditions say. */
export function deliver(world: World, message: Message, removed: Removal | undefined): World {
  if (message.kind === 'arrive') return deliverArrival(world, message.arrival, message.basis, removed);
  const { kind, basis } = message;
  const write = weaken(message.write, kind, world.control, removed);
  // A write that was already made is recognised by its name, and does nothing.
  if (write.opId === world.control.opId || !fits(world.control, write.where)) return world;
  if (message.roster !== undefined && world.rosters[message.roster.attempt] !== undefined) return world;
  const after = applied(world.control, write);
  const place = arrivalKey(basis);
  const next: World = {
    ...world,
    control: after,
    rosters:
      message.roster === undefined ? world.rosters : { ...world.rosters, [message.roster.attempt]: message.roster },
    released: kind === 'release' ? [...new Set([...world.released, place])] : world.released,
    aborted: kind === 'abort' ? [...new Set([...world.aborted, place])] : world.aborted,
  };
  checkTransition(world, next, message);
  return next;
}

function weaken(write: ControlWrite, kind: string, stored: Control, removed: Removal | undefined): ControlWrite {
  const { epoch, ...where } = write.where;
  switch (removed) {
    case `${kind}.attempt`:
      return { ...write, where: { ...write.where, attempt: stored.attempt } };
    case `${kind}.phase`:
      return { ...write, where: { ...write.where, phaseIn: PHASES } };
    case `${kind}.epoch`:
      return { ...write, where };
    default:
      return write;
  }
}

function deliverArrival(world: World, arrival: Arrival, basis: Basis, removed: Removal | undefined): World {
  const key = arrivalKey({
    attempt: removed === 'arrive.attempt' ? 0 : basis.attempt,
    epoch: removed === 'arrive.epoch' ? 0 : basis.epoch,
  });
  const before = world.arrivals[key] ?? [];
  const isOfOtherKind = before.some((one) => one.kind !== arrival.kind);
  if (isOfOtherKind && removed !== 'arrive.kind') return world;
  const isThere = before.some((one) => one.rank === arrival.rank);
  if (isThere && removed !== 'arrive.set') return world;
  const now = [...before, arrival].sort((a, b) => a.rank - b.rank);
  return { ...world, arrivals: { ...world.arrivals, [key]: now } };
}

/** The arrivals of an attempt's epoch as the store would answer them. */
export function readArrivals(world: World, basis: Basis, removed: Removal | undefined): Arrivals | undefined {
  const key = arrivalKey({
    attempt: removed === 'arrive.attempt' ? 0 : basis.attempt,
    epoch: removed === 'arrive.epoch' ? 0 : basis.epoch,
  });
  const counted = world.arrivals[key];
  if (counted === undefined) return undefined;
  // Without the set a store could only count.
  if (removed === 'arrive.set') {
    return { kind: 'barrier', callSite: '', ranks: counted.map((_, index) => index) };
  }
  if (removed === 'arrive.kind') return { kind: 'barrier', callSite: '', ranks: counted.map((one) => one.rank) };
  return arrived(undefined, counted);
}
