import { expect, it } from 'vitest';
import type { Callback } from '#core/gang/ports.ts';

/** A task that waits for its token. */
export interface WaitingTask {
  readonly runId: string;
  /** What the task was answered with; waits for it. */
  output(): Promise<unknown>;
}

/** What every Callback must do. `wait` starts a task and stores its token. */
export function callbackContract(callback: () => Callback, wait: () => Promise<WaitingTask>): void {
  it('knows no token of a run that waits for nothing', async () => {
    expect(await callback().heartbeat('no-such-run')).toBe(false);
    expect(await callback().succeed('no-such-run', {})).toBe(false);
  });

  it('answers a task once; whoever comes later is told so, and changes nothing', async () => {
    const task = await wait();
    expect(await callback().heartbeat(task.runId)).toBe(true);
    expect(await callback().succeed(task.runId, { phase: 'STOPPING', attempt: 0 })).toBe(true);
    expect(await task.output()).toEqual({ phase: 'STOPPING', attempt: 0 });
    expect(await callback().succeed(task.runId, { phase: 'SUCCEEDED', attempt: 0 })).toBe(false);
    expect(await callback().heartbeat(task.runId)).toBe(false);
    expect(await task.output()).toEqual({ phase: 'STOPPING', attempt: 0 });
  });

  it('takes a token that is not one for a task that is over', async () => {
    await callback().store('run-of-nonsense', 'nonsense');
    await callback().succeed('run-of-nonsense', {});
    expect(await callback().heartbeat('run-of-nonsense')).toBe(false);
  });
}
