/**
 * A whole run in one thread and no time: real agents, real drive loop, real functions; a made-up network, provider and
 * workflow. Everything follows from one seed, and every transition is held against the invariants.
 */
import { memoryBarrier } from '#adapters/memory/memory-barrier.ts';
import { memoryCallback } from '#adapters/memory/memory-callback.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import { describe } from '#core/gang/cause.ts';
import type { BarrierStore, ControlStore } from '#core/gang/ports.ts';
import type { Control } from '#core/gang/records.ts';
import { Checker } from './checker.ts';
import { Dice } from './dice.ts';
import { planFaults, strike } from './faults.ts';
import { CALM, type Weather } from './network.ts';
import { simFleet } from './sim-fleet.ts';
import type { SimHost, SimWorld } from './sim-host.ts';
import { VirtualClock } from './virtual-clock.ts';
import { runWorkflow } from './workflow.ts';

export interface SimulateOptions {
  /** Default: 2 to 8, by the seed. */
  readonly hosts?: number;
  /** Nothing goes wrong, and no rank is late by seconds. */
  readonly isCalm?: boolean;
}

export interface Simulated {
  readonly seed: number;
  readonly hosts: number;
  readonly phase: Control['phase'] | undefined;
  readonly attempts: number;
  /** Virtual seconds. */
  readonly tookS: number;
  /** Barriers that were released in the last attempt, and writes that all barriers took: items put or updated. */
  readonly barriers: number;
  readonly barrierWrites: number;
  /** Invariants that did not hold; empty if all is well. */
  readonly breaches: readonly string[];
  readonly transcript: readonly string[];
}

const RUN_ID = 'run-1';
const LIMIT_MS = 3 * 3600 * 1000;
const quiet = () => undefined;

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Simulated> {
  const dice = new Dice(seed);
  const size = options.hosts ?? dice.pick([2, 2, 3, 3, 4, 4, 8]);
  const stage = newStage(dice, options.isCalm ? CALM : weather(dice, size));
  const { world, hosts, counted, control } = stage;
  const { clock, checker, say } = world;
  say(`seed ${seed}: ${size} hosts, ${JSON.stringify(world.weather)}`);
  if (!options.isCalm) planTrouble(stage);

  let isOver = false;
  const fleet = simFleet(hosts, clock, dice);
  void runWorkflow({ world, fleet, hosts, size })
    .catch((error: unknown) => checker.expect(false, `the workflow broke: ${String(error)}`))
    .then(() => {
      isOver = true;
    });
  checker.expect(await clock.runUntil(() => isOver, LIMIT_MS), 'L3 the run did not end');
  const last = await control.read(RUN_ID);
  if (last !== undefined) await checker.ended(last, world.ports.members);
  // Every fault is over within minutes: a run that reaches its hour hangs.
  checker.expect(last?.cause?.kind !== 'limit', 'L4 the run hung until its time limit');
  checker.expect(checker.alive() === 0, 'tasks are alive after the end');
  checker.expect(![...hosts.values()].some((host) => host.isRunning), 'I15 hosts are alive after the end');
  return {
    ...{ seed, hosts: size, phase: last?.phase, attempts: (last?.attempt ?? 0) + 1, tookS: clock.monotonicMs() / 1000 },
    ...{ barriers: last?.epoch ?? 0, barrierWrites: counted.writes },
    ...{ breaches: checker.breaches, transcript: stage.transcript },
  };
}

interface StageSet {
  readonly world: SimWorld;
  readonly control: ControlStore;
  readonly hosts: Map<string, SimHost>;
  readonly counted: { writes: number };
  readonly transcript: string[];
}

function newStage(dice: Dice, conditions: Weather): StageSet {
  const clock = new VirtualClock();
  const checker = new Checker();
  const transcript: string[] = [];
  const counted = { writes: 0 };
  const say = (line: string) => void transcript.push(`${(clock.monotonicMs() / 1000).toFixed(3).padStart(9)}  ${line}`);
  const store = memoryControl((before, after, roster) => {
    const why = after.phase === 'STOPPING' && after.cause !== undefined ? `: ${describe(after.cause)}` : '';
    say(`${after.phase} attempt ${after.attempt} epoch ${after.epoch} (${after.opId})${why}`);
    checker.transition(before, after, roster);
  });
  const control: ControlStore = {
    ...store,
    write: (write) => {
      if (write.set.epoch !== undefined && write.set.attempt === undefined) counted.writes++;
      return store.write(write);
    },
  };
  const ports = {
    ...{ clock, control, members: memoryMembers(), barriers: counting(memoryBarrier(), counted) },
    ...{ leases: memoryLeases(), callback: memoryCallback(), log: { info: quiet, warn: quiet, error: quiet } },
  };
  const world: SimWorld = { clock, dice, weather: conditions, checker, ports, runId: RUN_ID, epochs: 8, say };
  return { world, control, hosts: new Map(), counted, transcript };
}

/** Counts what an arrival costs: the set, and one item for each payload. */
function counting(store: BarrierStore, counted: { writes: number }): BarrierStore {
  return {
    ...store,
    arrive: (at, arrivals) => {
      counted.writes += 1 + arrivals.filter(({ payload }) => payload !== undefined).length;
      return store.arrive(at, arrivals);
    },
  };
}

function planTrouble({ world, hosts }: StageSet): void {
  const { clock, dice, say } = world;
  for (const fault of planFaults(dice)) {
    void clock.sleep(fault.atMs).then(() => {
      const running = [...hosts.values()].filter((host) => host.isRunning);
      if (running.length === 0) return;
      const victim = dice.pick(running);
      say(`FAULT ${fault.kind}: ${victim.instanceId} (${fault.forMs} ms)`);
      strike(fault, victim);
    });
  }
}

/** From a quiet network to one that loses one message in twenty, where so few hosts can still get through. */
function weather(dice: Dice, hosts: number): Weather {
  const bad = dice.pick(hosts > 8 ? [0, 0.002, 0.01] : [0, 0.002, 0.01, 0.05]);
  const belated = dice.pick([0, 0.002, 0.02]);
  return { lostRequests: bad, lostReplies: bad, belated, slow: bad, late: 0.05 };
}
