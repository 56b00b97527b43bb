import { setTimeout as delay } from 'node:timers/promises';
import { findProcesses, findUserProcesses } from '#adapters/process/process-table.ts';
import { signalProcess } from '#adapters/process/signal.ts';

/** Environment variable that every process of a host inherits, whatever group or session it moves to. */
export const MARKER = 'LOCKSTEP_INSTANCE_ID';

const SWEEPS_MAX = 300;
const SWEEP_MS = 10;

/**
 * Kills every process of a host, and proves it by the process table: the agent's group, and whatever carries the
 * instance's marker or runs as the user of its tasks. Where there is no /proc only the group is looked at, and the agent's own guardian does the rest.
 */
export async function killAll(instanceId: string, pgid: number, uid?: number): Promise<void> {
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    const marked = findProcesses(new Set([pgid]), `${MARKER}=${instanceId}`);
    const found = uid === undefined ? marked : [...marked, ...findUserProcesses(uid)];
    if (found.length === 0) return;
    for (const { pid } of found) signalProcess(pid, 'SIGKILL');
    await delay(SWEEP_MS);
  }
  throw new Error(`processes of ${instanceId} survive SIGKILL`);
}
