/** Memory ports for what starts, follows and ends runs, under a clock that moves when somebody sleeps. */

import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryProgress } from '#adapters/memory/memory-progress.ts';
import { memoryRuns } from '#adapters/memory/memory-runs.ts';
import { memoryWorkflows } from '#adapters/memory/memory-workflows.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control, Member, TaskExit } from '#core/gang/records.ts';
import type { RunPorts } from '#flows/runs/ports.ts';

const POLL_MS = 100;

export function runsWorld() {
  let nowMs = 0;
  let ids = 0;
  /** What happens in the world while whoever follows a run sleeps, once each. */
  const script: (() => Promise<void> | void)[] = [];
  const control = memoryControl();
  const workflows = memoryWorkflows({ clock: { wallMs: () => nowMs } });
  const ports = {
    ...{ bucket: 'data', objects: memoryObjects(), control, journal: control, members: memoryMembers() },
    ...{ leases: memoryLeases(), progress: memoryProgress(), runs: memoryRuns(), workflows },
    clock: {
      wallMs: () => nowMs,
      monotonicMs: () => nowMs,
      sleep: async (ms: number, signal?: AbortSignal) => {
        signal?.throwIfAborted();
        nowMs += ms;
        await script.shift()?.();
        signal?.throwIfAborted();
      },
    },
    ids: { next: () => `id-${ids++}` },
    pollMs: POLL_MS,
  } satisfies RunPorts;

  const gang = (runId: string, change: Partial<Control> = {}) =>
    control.create({
      ...newGang({ runId, owner: `execution:${runId}`, hosts: 1, tasksPerHost: 2, specHash: '', opId: 'new' }),
      phase: 'RUNNING',
      ...change,
    });

  /** A host of the run, leased, whose agent reports how its tasks ended. */
  async function host(runId: string, exits: Readonly<Record<number, TaskExit>>): Promise<void> {
    const member: Member = {
      ...{
        runId,
        attempt: 0,
        instanceId: 'i-1',
        bootId: 'b',
        nonce: 'n',
        seq: 1,
        state: 'EXITED',
        address: '',
        port: 0,
      },
      ...{ masterPort: 0, accelerators: [], exits },
    };
    await ports.members.put(member);
    const place = { instanceType: 'g5.xlarge', zone: 'a', market: 'spot', acquiredAt: 1 };
    await ports.leases.grant([{ runId, attempt: 0, instanceId: 'i-1', ...place }]);
  }

  return { ports, script, gang, host, now: () => nowMs };
}
