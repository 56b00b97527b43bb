import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Callback } from '#core/gang/ports.ts';
import type { RunVisit } from '#core/gang/run-visit.ts';

/** A task that waits for its token. */
export interface WaitingTask {
  readonly runId: string;
  /** What the task was answered with; waits for it. */
  output(): Promise<unknown>;
}

/** The visit that `wait` stores its token for. */
export const FIRST: RunVisit = { attempt: 0, enteredMs: 1_700_000_000_000, retry: 0 };

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
    await callback().store('run-of-nonsense', FIRST, 'nonsense');
    await callback().succeed('run-of-nonsense', OVER);
    expect(await callback().heartbeat('run-of-nonsense')).toBe(false);
  });

  it('answers the token of an attempt for a later one that has begun by itself, once', async () => {
    const task = await wait();
    expect(await callback().succeed(task.runId, { phase: 'SUCCEEDED', attempt: 2 })).toBe(true);
    expect(await task.output()).toEqual({ phase: 'SUCCEEDED', attempt: 2 });
    expect(await callback().succeed(task.runId, { phase: 'STOPPING', attempt: 0 })).toBe(false);
  });

  it('keeps the token of the later attempt, whichever is stored last', async () => {
    const task = await wait();
    expect(await callback().store(task.runId, { ...FIRST, attempt: 1 }, 'token of attempt 1')).toBe(true);
    expect(await callback().store(task.runId, { ...FIRST, retry: 7 }, 'token of attempt 0, late')).toBe(false);
    expect(await callback().succeed(task.runId, { phase: 'STOPPING', attempt: 0 })).toBe(false);
  });

  it('answers the task of the latest visit of an attempt, however late the call of an earlier one comes', async () => {
    const task = await wait();
    expect(await callback().store(task.runId, { ...FIRST, enteredMs: FIRST.enteredMs - 1, retry: 3 }, 'z')).toBe(false);
    expect(await callback().succeed(task.runId, OVER)).toBe(true);
    expect(await task.output()).toEqual(OVER);
  });

  it('takes a token exactly if no later visit has stored one, and the same one again', async () => {
    const small = fc.record({ attempt: fc.nat(1), enteredMs: fc.integer({ min: 8, max: 11 }), retry: fc.nat(2) });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(small, { maxLength: 8 }), async (visits) => {
        const runId = `run-of-visits-${runs++}`;
        // By text of fixed width: another way to put three numbers in order than the one that is tested.
        const order = ({ attempt, enteredMs, retry }: RunVisit) =>
          `${attempt} ${String(enteredMs).padStart(3)} ${retry}`;
        let last = '';
        for (const visit of visits) {
          if (order(visit) > last) last = order(visit);
          const token = `token of ${order(visit)}`;
          expect(await callback().store(runId, visit, token)).toBe(order(visit) === last);
        }
      }),
      { numRuns: 60 },
    );
  });
}
