/** Runs in memory, in the states that a page has to show: what the dashboard reads is set here, line by line. */

import { memoryBarrier } from '#adapters/memory/memory-barrier.ts';
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryIds } from '#adapters/memory/memory-ids.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryProgress } from '#adapters/memory/memory-progress.ts';
import { memoryRuns } from '#adapters/memory/memory-runs.ts';
import { memoryWorkflows } from '#adapters/memory/memory-workflows.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control, Member, Roster } from '#core/gang/records.ts';
import { transition } from '#core/gang/transitions.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { UsageLog } from '#core/resources/usage.ts';
import { type ProgressLog, withReport } from '#core/training/progress.ts';
import type { LivePorts } from '#flows/runs/live-view.ts';
import { readProgress } from '#flows/runs/read-progress.ts';
import { jsonBytes } from '#formats/json/json-object.ts';

const BUCKET = 'data';

export function memoryCloud() {
  const clock = memoryClock(Date.now());
  return {
    ...{ bucket: BUCKET, clock, ids: memoryIds(), pollMs: 10 },
    objects: memoryObjects(),
    ...storesOf(),
    workflows: memoryWorkflows({ clock }),
  } satisfies LivePorts;
}

type MemoryCloud = ReturnType<typeof memoryCloud>;

function storesOf() {
  const control = memoryControl();
  return {
    ...{ control, journal: control, members: memoryMembers(), leases: memoryLeases() },
    ...{ barriers: memoryBarrier(), progress: memoryProgress(), runs: memoryRuns() },
  };
}

const HOSTS = ['i-0aa', 'i-0bb'] as const;

/** Two hosts with two ranks each; ranks 0 and 2 wait at a barrier for 1 and 3. */
export async function waitingRun(cloud: MemoryCloud, runId: string): Promise<void> {
  const startedAt = cloud.clock.wallMs() - 60_000;
  await cloud.runs.record({ runId, kind: 'train', job: 'digits', startedAt });
  const id = await cloud.workflows.start('training', runId, {});
  for (const state of ['Validate', 'Admit', 'Acquire', 'Run']) cloud.workflows.enter(id, state);
  const control: Control = {
    ...newGang({ runId, owner: id, hosts: 2, tasksPerHost: 2, specHash: 'a', opId: 'create' }),
    ...{ phase: 'FORMING', epoch: 3 },
  };
  await cloud.control.create(control);
  await cloud.control.commit(transition.seal(control, 'seal'), { roster: rosterOf(runId) });
  await cloud.control.write(transition.run(control, 'run'));
  for (const instanceId of HOSTS) await cloud.members.put(memberOf(runId, instanceId));
  const market = 'on-demand';
  const leases = HOSTS.map((instanceId) => ({
    ...{ runId, attempt: 0, instanceId, instanceType: 'g4dn.12xlarge', zone: 'us-east-1a', market },
    acquiredAt: startedAt + 5_000,
  }));
  await cloud.leases.grant(leases);
  const arrival = (rank: number) => ({ rank, kind: 'barrier', callSite: 'train.py:41' }) as const;
  await cloud.barriers.arrive({ runId, attempt: 0, epoch: 3 }, [arrival(0), arrival(2)]);
  await reportProgress(cloud, runId, 10, 0.9);
  for (const [place, instanceId] of HOSTS.entries()) {
    const use = [0, 1].map((address) => ({ address: `${address}`, busy: 0.4 + place / 10, memoryBytes: 3 * 2 ** 30 }));
    const sample = { at: startedAt, processors: 1.5, memoryBytes: 2 * 2 ** 30, accelerators: use };
    const log: UsageLog = {
      ...{ version: 1, attempt: 0, instanceId, processors: 48, memoryBytes: 192 * 2 ** 30, samples: [sample] },
    };
    await cloud.objects.put(runObjects({ bucket: BUCKET, runId }).usageLog(0, instanceId), jsonBytes(log));
  }
  for (const rank of [0, 1, 2, 3]) {
    const lines = `rank ${rank} ready\nepoch 1: loss ${(0.9 - rank / 100).toFixed(2)}\n<b>not markup</b>\n`;
    await cloud.objects.put(runObjects({ bucket: BUCKET, runId }).log(0, rank), Buffer.from(lines));
  }
}

/** As an agent does: the newest report at once, and all of them as an object. */
export async function reportProgress(cloud: MemoryCloud, runId: string, step: number, loss: number): Promise<void> {
  const report = { attempt: 0, step, of: 40, metrics: { loss, accuracy: 1 - loss } };
  await cloud.progress.put(runId, report);
  const reports = withReport(await readProgress(cloud, runId), report);
  const log: ProgressLog = { version: 1, attempt: 0, reports };
  await cloud.objects.put(runObjects({ bucket: BUCKET, runId }).progressLog(0), jsonBytes(log));
}

/** A run that has failed, and says why. */
export async function failedRun(cloud: MemoryCloud, runId: string): Promise<void> {
  await cloud.runs.record({ runId, kind: 'train', job: 'digits', startedAt: cloud.clock.wallMs() - 600_000 });
  const id = await cloud.workflows.start('training', runId, {});
  for (const state of ['Validate', 'Admit', 'Acquire', 'Run', 'Release']) cloud.workflows.enter(id, state);
  const message = 'attempt 0: rank 2 on i-0aa exited with code 1: ValueError: the label is 11';
  cloud.workflows.end(id, { failure: { code: 'LS_TASK_FAILED', message } });
}

/** An inference run with three partitions of eight done, one of them slow. */
export async function inferringRun(cloud: MemoryCloud, runId: string): Promise<void> {
  await cloud.runs.record({ runId, kind: 'infer', job: 'digits', startedAt: cloud.clock.wallMs() - 20_000 });
  const id = await cloud.workflows.start('inference', runId, {});
  for (const state of ['Plan', 'Partitions']) cloud.workflows.enter(id, state);
  const at = runObjects({ bucket: BUCKET, runId });
  await cloud.objects.put(at.plan, jsonBytes({ partitions: Array.from({ length: 8 }, () => ({})) }));
  for (const [partition, ms] of [120, 100, 900].entries()) {
    const stageMs = { read: 0, decode: 0, run: ms, encode: 0, write: 0 };
    const manifest = { partition, stageMs, part: { rows: 1_000, sizeBytes: 64_000 } };
    await cloud.objects.put(at.taskManifest(partition), jsonBytes(manifest));
  }
}

const rosterOf = (runId: string): Roster => ({
  ...{ runId, attempt: 0, masterAddress: '10.0.0.1', masterPort: 29_500 },
  hosts: HOSTS.map((instanceId, place) => ({
    ...{ instanceId, bootId: 'b', nonce: 'n', seq: 1, address: `10.0.0.${place + 1}`, port: 1 },
    tasks: [0, 1].map((localRank) => ({ rank: place * 2 + localRank, localRank, accelerators: [String(localRank)] })),
  })),
});

const memberOf = (runId: string, instanceId: string): Member => ({
  ...{ runId, attempt: 0, instanceId, bootId: 'b', nonce: 'n', seq: 1, state: 'STARTED', address: '10.0.0.1', port: 1 },
  ...{ masterPort: 29_500, accelerators: ['0', '1', '2', '3'], exits: {} },
});
