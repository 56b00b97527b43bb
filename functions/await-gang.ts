import { refuseOthers } from '#core/gang/owner.ts';
import { hasEnded } from '#core/gang/phases.ts';
import type { Callback, ControlStore, GangQueue } from '#core/gang/ports.ts';
import type { RunTask } from '#core/training/state.ts';
import { parseRunTask } from '#formats/training/parse-state.ts';
import { runtime } from './runtime.ts';

export interface AwaitGangPorts {
  readonly control: ControlStore;
  readonly callback: Callback;
  readonly queue: GangQueue;
}

/** Keeps the task token of the Run state for whoever ends the attempt; the hosts are there, so the pools are free. */
export async function awaitGang(ports: AwaitGangPorts, { state, token, enteredMs, retry }: RunTask): Promise<void> {
  const { runId, attempt } = state;
  const before = await ports.control.read(runId);
  if (before !== undefined) refuseOthers(before, state.execution.id);
  // A later visit of the state is waiting: nobody waits for this call any more.
  if (!(await ports.callback.store(runId, { attempt, enteredMs, retry }, token))) return;
  // Looked at after the token is stored: whoever ended the attempt before that found no token to answer.
  const control = await ports.control.read(runId);
  if (control === undefined || control.attempt !== attempt || hasEnded(control.phase)) {
    await ports.callback.succeed(runId, { phase: control?.phase ?? 'STOPPING', attempt });
  }
  const entry = (await ports.queue.list()).find((one) => one.runId === runId);
  if (entry === undefined) return;
  await ports.queue.note(runId, { admitted: true });
  for (const pool of entry.instanceTypes) await ports.queue.unlock(pool, runId);
}

export const handler = (input: unknown) => awaitGang(runtime, parseRunTask(input));
