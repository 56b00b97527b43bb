/** Memory ports for the functions that look after a gang, with a job and a gang that is as a test wants it. */

import { memoryCallback } from '#adapters/memory/memory-callback.ts';
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryCooldowns } from '#adapters/memory/memory-cooldowns.ts';
import { memoryCrews } from '#adapters/memory/memory-crews.ts';
import { memoryFleet } from '#adapters/memory/memory-fleet.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import { memoryMetrics } from '#adapters/memory/memory-metrics.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryQueue } from '#adapters/memory/memory-queue.ts';
import { memoryWorkflows } from '#adapters/memory/memory-workflows.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control, Member } from '#core/gang/records.ts';
import { GANG_DEFAULTS, TRAIN_LIMITS } from '#core/job/defaults.ts';
import type { TrainJob } from '#core/job/job.ts';
import { awaiting, type RunTask, type StateOf } from '#core/training/state.ts';

export const JOB_URI = 's3://data/job.json';
/** The execution that the runs of these tests belong to. */
export const OWNER = 'training:owner';
export const START_S = 1_700_000_000;

export const JOB: TrainJob = {
  ...{ kind: 'train', name: 'digits', publish: 'digits', task: { command: ['/usr/bin/true'], env: {} } },
  gang: { ...GANG_DEFAULTS, hosts: 2, tasksPerHost: 1, instanceTypes: ['g6.xlarge'] },
  limits: {
    ...{ ...TRAIN_LIMITS, maxQueueS: 600, maxDurationS: 3600, formTimeoutS: 300, graceS: 10 },
    restarts: { user: 1, infrastructure: 1, preemption: 0 },
  },
};

const at = (runId: string) => ({
  ...{ runId, execution: { id: OWNER }, jobUri: JOB_URI },
  ...{ queuedAt: START_S, attempt: 0 },
});

/** The states of the workflow for a run. */
export const admitState = (runId: string): StateOf<'admit'> => ({ ...at(runId), next: 'admit', waitS: 0 });
export const runState = (runId: string): StateOf<'run'> => awaiting(at(runId), JOB.limits.maxDurationS);
/** What the Run state hands to await-gang when it is entered. */
export const runTask = (runId: string, token: string, change: Partial<RunTask> = {}): RunTask => ({
  ...{ state: runState(runId), token, enteredMs: START_S * 1000, retry: 0 },
  ...change,
});
export const decideState = (runId: string): StateOf<'decide'> => ({ ...at(runId), next: 'decide', waitS: 0 });

export type GangWorld = Awaited<ReturnType<typeof gangWorld>>;

export async function gangWorld() {
  const clock = memoryClock(START_S * 1000);
  let ids = 0;
  const ports = {
    ...{ clock, ids: { next: () => `id-${ids++}` }, objects: memoryObjects(), queue: memoryQueue() },
    ...{ control: memoryControl(), members: memoryMembers(), leases: memoryLeases(), callback: memoryCallback() },
    ...{
      fleet: memoryFleet({ clock, zones: ['a'] }),
      zones: ['a'],
      cooldowns: memoryCooldowns(),
      crews: memoryCrews(),
      bucket: 'data',
    },
    ...{ executions: memoryWorkflows({ clock }), metrics: memoryMetrics() },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  };
  await ports.objects.put(JOB_URI, Buffer.from(JSON.stringify(JOB)));
  await ports.executions.start('training', 'owner', {});

  async function gang(runId: string, change: Partial<Control> = {}): Promise<void> {
    await ports.control.create({
      ...newGang({ runId, owner: OWNER, hosts: 2, tasksPerHost: 1, specHash: '', opId: 'new' }),
      ...change,
    });
  }

  /** Real hosts of the memory fleet, leased, each a member in this state; undefined: it has not joined. */
  async function hosts(runId: string, states: readonly (Member['state'] | undefined)[]): Promise<readonly string[]> {
    const launched = await ports.fleet.launch({
      ...{
        runId,
        attempt: 0,
        round: 0,
        instanceType: 'g6.xlarge',
        zone: 'a',
        market: 'spot',
        lifetimeS: 60,
        expiresAtS: 60,
      },
      ...{ count: states.length, clientToken: runId },
    });
    if (!launched.ok) throw new Error(launched.message);
    const instanceIds = launched.hosts.map((host) => host.instanceId);
    const lease = { runId, attempt: 0, instanceType: 'g6.xlarge', zone: 'a', market: 'spot', acquiredAt: 0 };
    await ports.leases.grant(instanceIds.map((instanceId) => ({ ...lease, instanceId })));
    for (const [index, instanceId] of instanceIds.entries()) {
      const state = states[index];
      if (state !== undefined) await member(runId, instanceId, state);
    }
    return instanceIds;
  }

  async function member(
    runId: string,
    instanceId: string,
    state: Member['state'],
    { seq = 1, attempt = 0 }: { readonly seq?: number; readonly attempt?: number } = {},
  ): Promise<void> {
    const record: Member = {
      ...{ runId, attempt, instanceId, bootId: 'b', nonce: 'n', seq, state, address: '', port: 0, masterPort: 0 },
      ...{ accelerators: [], exits: {} },
    };
    await ports.members.put(record);
  }

  return { ports, gang, hosts, member, read: (runId: string) => ports.control.read(runId) };
}
