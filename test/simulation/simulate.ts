/**
 * A whole run in one thread and no time: real agents, real drive loop, real functions; a made-up network, provider and
 * workflow. Everything follows from one seed, and every transition is held against the invariants.
 */
import { memoryBarrier } from '#adapters/memory/memory-barrier.ts';
import { memoryCallback } from '#adapters/memory/memory-callback.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import type { StorePorts } from '#adapters/store-effects.ts';
import { describe } from '#core/gang/cause.ts';
import type { Control } from '#core/gang/state.ts';
import { Checker } from './checker.ts';
import { Dice } from './dice.ts';
import { planFaults, strike } from './faults.ts';
import type { Weather } from './network.ts';
import { simFleet } from './sim-fleet.ts';
import type { SimHost, SimWorld } from './sim-host.ts';
import { VirtualClock } from './virtual-clock.ts';
import { runWorkflow, type Workflow } from './workflow.ts';

export interface Simulated {
  readonly seed: number;
  readonly hosts: number;
  readonly phase: Control['phase'] | undefined;
  readonly attempts: number;
  /** Virtual seconds. */
  readonly tookS: number;
  /** Invariants that did not hold; empty if all is well. */
  readonly breaches: readonly string[];
  readonly transcript: readonly string[];
}

const RUN_ID = 'run-1';
const LIMIT_MS = 3 * 3600 * 1000;

export async function simulate(seed: number, hosts?: number): Promise<Simulated> {
  const dice = new Dice(seed);
  const clock = new VirtualClock();
  const checker = new Checker();
  const transcript: string[] = [];
  const say = (line: string) => void transcript.push(`${(clock.monotonicMs() / 1000).toFixed(3).padStart(9)}  ${line}`);
  const size = hosts ?? dice.pick([2, 2, 3, 3, 4, 4, 8]);
  const control = memoryControl((before, after, roster) => {
    const why = after.phase === 'STOPPING' && after.cause !== undefined ? `: ${describe(after.cause)}` : '';
    say(`${after.phase} attempt ${after.attempt} epoch ${after.epoch} (${after.opId})${why}`);
    checker.transition(before, after, roster);
  });
  const ports: StorePorts = {
    clock,
    control,
    members: memoryMembers(),
    barriers: memoryBarrier(),
    leases: memoryLeases(),
    callback: memoryCallback(),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  };
  const simHosts = new Map<string, SimHost>();
  const world: SimWorld = { clock, dice, weather: weather(dice, size), checker, ports, runId: RUN_ID, epochs: 8, say };
  const fleet = simFleet(simHosts, clock, dice);
  const workflow: Workflow = { world, fleet, hosts: simHosts, size };
  const faults = planFaults(dice);
  say(`seed ${seed}: ${size} hosts, ${JSON.stringify(world.weather)}`);
  for (const fault of faults) {
    void clock.sleep(fault.atMs).then(() => {
      const victims = [...simHosts.values()].filter((host) => host.isRunning);
      if (victims.length === 0) return;
      const victim = dice.pick(victims);
      say(`FAULT ${fault.kind}: ${victim.instanceId} (${fault.forMs} ms)`);
      strike(fault, victim);
    });
  }
  let isOver = false;
  void runWorkflow(workflow).then(
    () => {
      isOver = true;
    },
    (error: unknown) => {
      checker.expect(false, `the workflow broke: ${String(error)}`);
      isOver = true;
    },
  );
  checker.expect(await clock.runUntil(() => isOver, LIMIT_MS), 'L3 the run did not end');
  const last = await control.read(RUN_ID);
  if (last !== undefined) await checker.ended(last, ports.members);
  checker.expect(checker.alive() === 0, 'tasks are alive after the end');
  checker.expect(![...simHosts.values()].some((host) => host.isRunning), 'I15 hosts are alive after the end');
  return {
    seed,
    hosts: size,
    phase: last?.phase,
    attempts: (last?.attempt ?? 0) + 1,
    tookS: clock.monotonicMs() / 1000,
    breaches: checker.breaches,
    transcript,
  };
}

/** From a quiet network to one that loses one message in twenty, where so few hosts can still get through. */
function weather(dice: Dice, hosts: number): Weather {
  const bad = dice.pick(hosts > 8 ? [0, 0.002, 0.01] : [0, 0.002, 0.01, 0.05]);
  return { lostRequests: bad, lostReplies: bad, slow: bad };
}
