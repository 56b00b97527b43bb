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
import type { ControlWrite } from '#core/gang/control-write.ts';
import type { BarrierStore, ControlStore } from '#core/gang/ports.ts';
import type { Control } from '#core/gang/records.ts';
import { transition } from '#core/gang/transitions.ts';
import { Checker } from './checker.ts';
import { Dice } from './dice.ts';
import { type Fault, overAtMs, planFaults, strike } from './faults.ts';
import { CALM, type Weather } from './network.ts';
import { simFleet } from './sim-fleet.ts';
import type { SimHost, SimWorld } from './sim-host.ts';
import { VirtualClock } from './virtual-clock.ts';
import { RESTARTS, runWorkflow } from './workflow.ts';

export interface SimulateOptions {
  /** Default: 2 to 8, by the seed. */
  readonly hosts?: number;
  /** Nothing goes wrong, and no rank is late by seconds. */
  readonly isCalm?: boolean;
  /** Barriers that each task passes before it ends. @default 8 */
  readonly epochs?: number;
  /** @default 3600 */
  readonly maxDurationS?: number;
  /** Writes of the control item that never take effect, as a bug would have it. @default none */
  readonly sabotage?: (write: ControlWrite) => boolean;
}

export interface Simulated {
  readonly seed: number;
  readonly hosts: number;
  readonly phase: Control['phase'] | undefined;
  readonly attempts: number;
  /** Virtual seconds: of all, of when the gang stopped last, and of what was left when the last fault was over. */
  readonly tookS: number;
  readonly stoppedAtS: number | undefined;
  readonly tookAfterFaultsS: number;
  /** Barriers that were released in the last attempt, and writes that all barriers took: items put or updated. */
  readonly barriers: number;
  readonly barrierWrites: number;
  /** Invariants that did not hold; empty if all is well. */
  readonly breaches: readonly string[];
  readonly transcript: readonly string[];
}

const RUN_ID = 'run-1';
const LIMIT_MS = 3 * 3600 * 1000;
/** From the end of the last fault to the end of the run: to notice, to replace hosts, and to do all barriers once more. */
const RECOVERS_WITHIN_S = 180;
const quiet = () => undefined;

export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Simulated> {
  const dice = new Dice(seed);
  const size = options.hosts ?? dice.pick([2, 2, 3, 3, 4, 4, 8]);
  const trouble = options.isCalm ? CALM_TROUBLE : plan(dice, size);
  const stage = newStage(dice, trouble, options);
  const { world, hosts, counted, control } = stage;
  const { clock, checker, say } = world;
  say(`seed ${seed}: ${size} hosts, ${JSON.stringify(trouble)}`);
  for (const fault of trouble.faults) begin(fault, stage);
  let isOver = false;
  if (trouble.cancelAtMs !== undefined) void cancel(trouble.cancelAtMs, stage, () => isOver);
  const { maxDurationS = 3600 } = options;
  void runWorkflow({ world, fleet: simFleet(hosts, world), size, maxDurationS })
    .catch((error: unknown) => checker.expect(false, `the workflow broke: ${String(error)}`))
    .then(() => {
      isOver = true;
    });
  checker.expect(await clock.runUntil(() => isOver, LIMIT_MS), 'L3 the run did not end');
  const last = await control.read(RUN_ID);
  if (last !== undefined) await checker.ended(last, world.ports.members);
  const tookAfterFaultsS = clock.monotonicMs() / 1000 - trouble.overAtMs / 1000;
  if (options.maxDurationS === undefined) checkEnd(last, { checker, trouble, tookAfterFaultsS });
  checker.expect(checker.alive() === 0, 'tasks are alive after the end');
  checker.expect(![...hosts.values()].some((host) => host.isRunning), 'I15 hosts are alive after the end');
  return {
    ...{ seed, hosts: size, phase: last?.phase, attempts: (last?.attempt ?? 0) + 1, tookS: clock.monotonicMs() / 1000 },
    ...{ tookAfterFaultsS, stoppedAtS: counted.stoppedAtS, barriers: last?.epoch ?? 0, barrierWrites: counted.writes },
    ...{ breaches: checker.breaches, transcript: stage.transcript },
  };
}

interface Ended {
  readonly checker: Checker;
  readonly trouble: Trouble;
  readonly tookAfterFaultsS: number;
}

/** What has to come of it: no fault here is one that a run may not survive, so it succeeds, and soon after the last. */
function checkEnd(last: Control | undefined, { checker, trouble, tookAfterFaultsS }: Ended): void {
  const may = trouble.cancelAtMs === undefined ? ['SUCCEEDED'] : ['SUCCEEDED', 'CANCELLED'];
  checker.expect(
    last !== undefined && may.includes(last.phase),
    `L4 expected ${may.join(' or ')}, got ${last?.phase}${last?.cause === undefined ? '' : `: ${describe(last.cause)}`}`,
  );
  checker.expect(
    tookAfterFaultsS <= RECOVERS_WITHIN_S,
    `L5 the run ended ${Math.round(tookAfterFaultsS)} s after the last fault, expected ${RECOVERS_WITHIN_S}`,
  );
}

/** What goes wrong, until when. */
interface Trouble {
  readonly weather: Weather;
  readonly faults: readonly Fault[];
  readonly cancelAtMs?: number;
  /** From then on nothing goes wrong any more. */
  readonly overAtMs: number;
}

const CALM_TROUBLE: Trouble = { weather: CALM, faults: [], overAtMs: 0 };

function plan(dice: Dice, size: number): Trouble {
  const faults = planFaults(dice);
  const cancelAtMs = dice.chance(0.15) ? dice.between(500, 45_000) : undefined;
  const overMs = Math.max(dice.between(10_000, 60_000), overAtMs(faults), cancelAtMs ?? 0);
  return { weather: weather(dice, size), faults, overAtMs: overMs, ...(cancelAtMs !== undefined && { cancelAtMs }) };
}

interface StageSet {
  readonly world: SimWorld;
  readonly control: ControlStore;
  readonly hosts: Map<string, SimHost>;
  readonly counted: { writes: number; stoppedAtS?: number };
  readonly transcript: string[];
}

function newStage(dice: Dice, trouble: Trouble, { epochs = 8, sabotage }: SimulateOptions): StageSet {
  const clock = new VirtualClock();
  const checker = new Checker();
  const transcript: string[] = [];
  const counted: StageSet['counted'] = { writes: 0 };
  const say = (line: string) => void transcript.push(`${(clock.monotonicMs() / 1000).toFixed(3).padStart(9)}  ${line}`);
  const store = memoryControl((before, after, roster) => {
    const why = after.phase === 'STOPPING' && after.cause !== undefined ? `: ${describe(after.cause)}` : '';
    say(`${after.phase} attempt ${after.attempt} epoch ${after.epoch} (${after.opId})${why}`);
    if (after.phase === 'STOPPING' && before.phase !== 'STOPPING') counted.stoppedAtS = clock.monotonicMs() / 1000;
    checker.transition(before, after, roster);
  });
  const control: ControlStore = {
    ...store,
    write: async (write) => {
      if (sabotage?.(write)) return { won: false, control: await store.read(write.runId) };
      if (write.set.epoch !== undefined && write.set.attempt === undefined) counted.writes++;
      return await store.write(write);
    },
  };
  const ports = {
    ...{ clock, control, members: memoryMembers(), barriers: counting(memoryBarrier(), counted) },
    ...{ leases: memoryLeases(), callback: memoryCallback(), log: { info: quiet, warn: quiet, error: quiet } },
  };
  const clear = { ...CALM, late: trouble.weather.late };
  const hosts = new Map<string, SimHost>();
  const world: SimWorld = {
    ...{ clock, dice, checker, ports, runId: RUN_ID, epochs, say, onGone: quiet, policy: { restarts: RESTARTS } },
    poke: (instanceId) => {
      // A hint is worth what a datagram is: a quarter gets lost, some come twice, and all some time later.
      for (let copies = dice.pick([0, 1, 1, 2]); copies > 0; copies--) {
        void clock.sleep(dice.between(1, 300)).then(() => hosts.get(instanceId)?.hinted());
      }
    },
    get weather() {
      return clock.monotonicMs() < trouble.overAtMs ? trouble.weather : clear;
    },
  };
  return { world, control, hosts, counted, transcript };
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

function begin(fault: Fault, { world, hosts }: StageSet): void {
  const { clock, dice, say } = world;
  void clock.sleep(fault.atMs).then(() => {
    const running = [...hosts.values()].filter((host) => host.isRunning);
    if (running.length === 0) return;
    const victim = dice.pick(running);
    say(`FAULT ${fault.kind}: ${victim.instanceId} (${fault.forMs} ms)`);
    strike(fault, victim);
  });
}

/** Somebody asks for the end of the run, and goes on asking until it is over, as the command line does. */
async function cancel(atMs: number, { world, control }: StageSet, isOver: () => boolean): Promise<void> {
  const { clock, say } = world;
  await clock.sleep(atMs);
  say('FAULT somebody cancels the run');
  for (let count = 0; !isOver(); count++) {
    const item = await control.read(RUN_ID);
    const by = 'somebody';
    if (item !== undefined) await control.write(transition.stop(item, `cancel/${count}`, { kind: 'cancelled', by }));
    await clock.sleep(1_000);
  }
}

/** From a quiet network to one that loses one message in twenty, where so few hosts can still get through. */
function weather(dice: Dice, hosts: number): Weather {
  const bad = dice.pick(hosts > 8 ? [0, 0.002, 0.01] : [0, 0.002, 0.01, 0.05]);
  const belated = dice.pick([0, 0.002, 0.02]);
  return { lostRequests: bad, lostReplies: bad, belated, slow: bad, cutOff: dice.pick([0, 0.1]), late: 0.05 };
}
