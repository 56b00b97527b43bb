/** A gang in virtual time whose network and tasks do nothing wrong and nothing by themselves, and what it costs. */

import { memoryBarrier } from '#adapters/memory/memory-barrier.ts';
import { memoryCallback } from '#adapters/memory/memory-callback.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import { newAgent } from '#core/gang/agent/agent.ts';
import { ownRanks } from '#core/gang/agent/place.ts';
import type { BarrierResult } from '#core/gang/barrier/result.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control } from '#core/gang/records.ts';
import { type Drive, drive } from '#flows/gang/drive.ts';
import type { StorePorts } from '#flows/gang/store-effects.ts';
import { VirtualClock } from './virtual-clock.ts';

/** DynamoDB units. A barrier's writes are counted apart from heartbeats. */
export interface Costs {
  beats: number;
  barrierWrites: number;
  reads: number;
}

export interface QuietGang {
  readonly costs: Readonly<Costs>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** Has every rank call a barrier. */
  callBarrier(): void;
  /** Ranks that have passed one. */
  readonly passed: readonly number[];
  stop(): void;
}

const RUN_ID = 'run';
/** What an item of the heartbeats takes, and what one unit of an eventually consistent query reads two of. */
const [BEAT_BYTES, READ_BYTES] = [150, 4096];
const quiet = () => undefined;

/** A gang in its RUNNING phase. */
export async function quietGang(hosts: number, tasksPerHost: number): Promise<QuietGang> {
  const clock = new VirtualClock();
  const costs: Costs = { beats: 0, barrierWrites: 0, reads: 0 };
  const ports = counting(costs, clock, hosts);
  const passed: number[] = [];
  const off = new AbortController();
  await ports.control.create(forming(hosts, tasksPerHost));
  const loops = await Promise.all(
    Array.from({ length: hosts }, (_, index) => startHost(`i-${index}`, { ports, passed, signal: off.signal })),
  );
  await clock.runUntil(() => false, 30_000);
  const phase = (await ports.control.read(RUN_ID))?.phase;
  if (phase !== 'RUNNING') throw new Error(`the gang is ${phase}`);
  return {
    ...{ costs, passed, stop: () => off.abort() },
    pass: async (ms) => {
      await clock.runUntil(() => false, ms);
    },
    callBarrier() {
      for (const loop of loops) {
        for (const rank of ownRanks(loop.state())) {
          const arrival = { rank, kind: 'barrier', callSite: '' } as const;
          loop.send({ type: 'arrive', callId: String(rank), arrival, timeoutMs: 60_000 });
        }
      }
    },
  };
}

interface HostWorld {
  readonly ports: StorePorts;
  readonly passed: number[];
  readonly signal: AbortSignal;
}

async function startHost(instanceId: string, { ports, passed, signal }: HostWorld): Promise<Drive> {
  const lease = { runId: RUN_ID, attempt: 0, instanceId, instanceType: 't', zone: 'a', market: 'spot', acquiredAt: 0 };
  await ports.leases.grant([lease]);
  const here = { runId: RUN_ID, instanceId, bootId: 'b', nonce: 'n', address: '', port: 0, masterPort: 0 };
  const answered = (callId: string, { ok }: BarrierResult) => ok && passed.push(Number(callId));
  const loop = drive({
    ports,
    initial: newAgent({ self: { ...here, gpuPerTask: 0 }, nowMs: 0, seed: Number(instanceId.slice(2)) + 1 }),
    perform: (effect) => {
      if (effect.type === 'startTasks') queueMicrotask(() => loop.send({ type: 'tasksStarted' }));
      if (effect.type === 'answer') answered(effect.callId, effect.result);
    },
    signal,
  });
  loop.send({ type: 'accelerators', addresses: [] });
  return loop;
}

function counting(costs: Costs, clock: VirtualClock, hosts: number): StorePorts {
  const [control, members, leases, barriers] = [memoryControl(), memoryMembers(), memoryLeases(), memoryBarrier()];
  const beatUnits = 0.5 * Math.ceil((hosts * BEAT_BYTES) / READ_BYTES);
  const counted = <T>(kind: keyof Costs, units: number, value: Promise<T>): Promise<T> => {
    costs[kind] += units;
    return value;
  };
  return {
    ...{ clock, callback: memoryCallback(), log: { info: quiet, warn: quiet, error: quiet } },
    control: {
      ...control,
      read: (runId) => counted('reads', 1, control.read(runId)),
      write: (write) => counted('barrierWrites', write.set.epoch === undefined ? 0 : 1, control.write(write)),
    },
    barriers: { ...barriers, arrive: (at, all) => counted('barrierWrites', 1, barriers.arrive(at, all)) },
    leases: { ...leases, leaseOf: (...of) => counted('reads', 1, leases.leaseOf(...of)) },
    members: {
      ...members,
      beats: (...of) => counted('reads', beatUnits, members.beats(...of)),
      beat: (...of) => counted('beats', 1, members.beat(...of)),
    },
  };
}

const forming = (hosts: number, tasksPerHost: number): Control => ({
  ...newGang({ runId: RUN_ID, owner: 'e', hosts, tasksPerHost, specHash: '', opId: 'first' }),
  phase: 'FORMING',
});
