import { expect, it } from 'vitest';
import type { Callback } from '#core/gang/ports.ts';

/** A task that waits for its token. */
export interface WaitingTask {
  readonly runId: string;
  /** What the task was answered with; waits for it. */
  output(): Promise<unknown>;
}

const OVER = { phase: 'STOPPING', attempt: 0 } as const;

/** What every Callback must do. `wait` starts a task and stores its token. */
export function callbackContract(callback: () => Callback, wait: () => Promise<WaitingTask>): void {
  it('knows no token of a run that waits for nothing', async () => {
    expect(await callback().heartbeat('no-such-run')).toBe(false);
    expect(await callback().succeed('no-such-run', OVER)).toBe(false);
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
    await callback().store('run-of-nonsense', 0, 'nonsense');
    await callback().succeed('run-of-nonsense', OVER);
    expect(await callback().heartbeat('run-of-nonsense')).toBe(false);
  });

  it('never answers the token of one attempt for another', async () => {
    const task = await wait();
    expect(await callback().succeed(task.runId, { phase: 'STOPPING', attempt: 1 })).toBe(false);
    expect(await callback().succeed(task.runId, { phase: 'SUCCEEDED', attempt: 0 })).toBe(true);
    expect(await task.output()).toEqual({ phase: 'SUCCEEDED', attempt: 0 });
  });

  it('keeps the token of the later attempt, whichever is stored last', async () => {
    const task = await wait();
    await callback().store(task.runId, 1, 'token of attempt 1');
    await callback().store(task.runId, 0, 'token of attempt 0, which came late');
    expect(await callback().succeed(task.runId, { phase: 'STOPPING', attempt: 0 })).toBe(false);
  });
}
