/** Memory ports for the functions that acquire and release hosts, and for the gang that they act for. */

import { memoryCallback } from '#adapters/memory/memory-callback.ts';
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryCooldowns } from '#adapters/memory/memory-cooldowns.ts';
import { memoryCrews } from '#adapters/memory/memory-crews.ts';
import { memoryFleet } from '#adapters/memory/memory-fleet.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryQueue } from '#adapters/memory/memory-queue.ts';
import type { Fleet } from '#core/fleet/ports.ts';
import type { Host } from '#core/fleet/records.ts';
import { newGang } from '#core/gang/new-gang.ts';
import { entryOf } from '#core/gang/queue/admit.ts';
import type { Control, Phase } from '#core/gang/records.ts';
import { GANG_DEFAULTS, TRAIN_LIMITS } from '#core/job/defaults.ts';
import type { TrainJob } from '#core/job/job.ts';
import { OBJECTS } from '#core/names.ts';
import type { Log } from '#core/system/ports.ts';
import { acquisition, type StateOf, type TrainingState } from '#core/training/state.ts';
import type { Acquired } from '#flows/gang/acquire-gang.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';

export const RUN = 'digits-1';
export const POOL = 'g7e.12xlarge/us-east-1a/on-demand';
/** The execution that the run belongs to. */
export const OWNER = 'arn:e';
const START_MS = 1_700_000_000_000;

export const STATE: StateOf<'acquire'> = acquisition({
  runId: RUN,
  execution: { id: OWNER },
  jobUri: `s3://data/${OBJECTS.job(RUN)}`,
  queuedAt: START_MS / 1000,
  attempt: 0,
});

export const JOB: TrainJob = {
  kind: 'train',
  name: 'digits',
  gang: { ...GANG_DEFAULTS, hosts: 3, tasksPerHost: 2, instanceTypes: ['g7e.12xlarge'] },
  task: { command: ['/usr/bin/true'], env: {} },
  limits: { ...TRAIN_LIMITS, maxQueueS: 300 },
  publish: 'digits',
};

const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} };

export interface WorldOptions {
  readonly capacity?: Readonly<Record<string, number>>;
  readonly job?: TrainJob;
  readonly phase?: Phase;
}

export type HostsWorld = Awaited<ReturnType<typeof hostsWorld>>;

export async function hostsWorld({ capacity = {}, job = JOB, phase = 'ACQUIRING' }: WorldOptions = {}) {
  const clock = memoryClock(START_MS);
  const zones = ['us-east-1a', 'us-east-1b'];
  let ids = 0;
  const ports = {
    ids: { next: () => `id-${ids++}` },
    ...{ clock, zones, log: SILENT, control: memoryControl(), leases: memoryLeases(), queue: memoryQueue() },
    ...{ callback: memoryCallback(), cooldowns: memoryCooldowns(), crews: memoryCrews(), objects: memoryObjects() },
    fleet: memoryFleet({ clock, zones, capacity }),
  };
  await ports.objects.put(STATE.jobUri, Buffer.from(JSON.stringify(job)));
  await ports.control.create(newControl(job, phase));
  await ports.queue.put(entryOf(STATE, job, STATE.queuedAt));
  const alive = async () => (await ports.fleet.list({})).map(({ instanceId }) => instanceId);
  const leased = async () =>
    (await ports.leases.leases(RUN)).filter((lease) => lease.releasedAt === undefined).map((lease) => lease.instanceId);
  return { ports, clock, alive, leased };
}

/** Why a run is lost; undefined for one that goes on. */
export const failureIn = (state: TrainingState) => (state.next === 'release' ? state.failure : undefined);

/** Follows the workflow while it comes back to Acquire, as its Pause and Route states do. */
export async function acquireToTheEnd(world: HostsWorld, start: StateOf<'acquire'> = STATE): Promise<Acquired> {
  let state = start;
  for (let calls = 0; calls < 100; calls++) {
    const next = await acquireHosts(state, world.ports);
    if (next.next !== 'acquire') return next;
    state = next;
    await world.clock.sleep(state.waitS * 1000);
  }
  throw new Error('the search does not end');
}

function newControl({ gang }: TrainJob, phase: Phase): Control {
  return {
    ...newGang({ runId: RUN, owner: OWNER, specHash: 'hash', opId: 'create', ...gang }),
    phase,
  };
}

/** The fleet, with a host that somebody has stopped: it is as it is until it is terminated. */
export function withStopped(fleet: Fleet, stopped: string): Fleet {
  const seen = (hosts: readonly Host[]): readonly Host[] =>
    hosts.map((host) =>
      host.instanceId === stopped && host.state === 'running' ? { ...host, state: 'stopped' } : host,
    );
  return {
    ...fleet,
    list: async (filter) => seen(await fleet.list(filter)),
    find: async (instanceIds) => seen(await fleet.find(instanceIds)),
  };
}
