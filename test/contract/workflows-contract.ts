import { expect, it } from 'vitest';
import type { Execution, Workflows } from '#core/runs/ports.ts';

/** What an execution does, as the `do` of its input says. Each enters `Validate` and `Which` first. */
export const SCRIPTS = {
  /** Enters `Done` and succeeds with its input as the output. */
  succeed: { states: ['Validate', 'Which', 'Done'] },
  /** Enters `Break` and fails so. */
  fail: {
    states: ['Validate', 'Which', 'Break'],
    end: { failure: { code: 'LS_DATA_EMPTY', message: 'nothing is there' } },
  },
  /** Enters `Wait` and stays there. */
  wait: { states: ['Validate', 'Which', 'Wait'] },
} as const;

let count = 0;
const newRun = () => `run-${process.pid}-w${count++}`;

/** What every Workflows must do, where executions do what SCRIPTS says. */
export function workflowsContract(workflows: () => Workflows): void {
  const start = (script: keyof typeof SCRIPTS, runId = newRun()) =>
    workflows().start('training', runId, { do: script, n: 1 });

  async function ended(id: string): Promise<Execution> {
    await expect
      .poll(async () => (await workflows().describe(id))?.status, { timeout: 20_000, interval: 25 })
      .not.toBe('running');
    return (await workflows().describe(id)) as Execution;
  }

  async function waiting(id: string): Promise<void> {
    const last = async () => (await workflows().visits(id)).at(-1)?.state;
    await expect.poll(last, { timeout: 20_000, interval: 25 }).toBe('Wait');
  }

  it('run under the name of the run, and are found by it', async () => {
    const runId = newRun();
    const id = await start('succeed', runId);
    expect(id).toBe(workflows().executionId('training', runId));
    const input = { do: 'succeed', n: 1 };
    expect(await ended(id)).toEqual({ status: 'succeeded', input, output: input, endedAt: expect.any(Number) });
    expect(await workflows().recent('training')).toContain(id);
    expect(await workflows().recent('inference')).not.toContain(id);
  });

  it('are listed with the newest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      ids.unshift(await start('succeed'));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const recent = await workflows().recent('training');
    expect(recent.filter((id) => ids.includes(id))).toEqual(ids);
  });

  it('are refused a name twice, while the first one runs and after its end', async () => {
    const runId = newRun();
    const id = await start('wait', runId);
    const again = () => workflows().start('training', runId, { do: 'succeed', n: 2 });
    const refusal = expect.objectContaining({ code: 'LS_RUN_EXISTS', message: `run ${runId} exists` });
    await expect(again()).rejects.toThrow(refusal);
    await workflows().stop(id, 'enough');
    await ended(id);
    await expect(again()).rejects.toThrow(refusal);
  });

  it('are the same execution where the same start is repeated while it runs', async () => {
    const runId = newRun();
    const id = await start('wait', runId);
    expect(await start('wait', runId)).toBe(id);
    await workflows().stop(id, 'enough');
  });

  it('fail with the code and the words of the function that failed', async () => {
    const { input, ...rest } = await ended(await start('fail'));
    expect(rest).toEqual({ status: 'failed', failure: SCRIPTS.fail.end.failure, endedAt: expect.any(Number) });
    expect(input).toEqual({ do: 'fail', n: 1 });
  });

  it('tell where they were and when, one state after the other', async () => {
    const id = await start('wait');
    await waiting(id);
    const visits = await workflows().visits(id);
    expect(visits.map(({ state }) => state)).toEqual(SCRIPTS.wait.states);
    expect(visits.map(({ exitedAt }) => exitedAt !== undefined)).toEqual([true, true, false]);
    await workflows().stop(id, 'enough');
    expect(await ended(id)).toMatchObject({ status: 'cancelled' });
    const { exitedAt, hasFailed } = (await workflows().visits(id)).at(-1) ?? {};
    expect([exitedAt, hasFailed]).toEqual([expect.any(Number), true]);
  });

  it('end the visit of a state that failed', async () => {
    const id = await start('fail');
    await ended(id);
    const visits = await workflows().visits(id);
    expect(visits.map(({ state }) => state)).toEqual(SCRIPTS.fail.states);
    expect(visits.map(({ hasFailed = false }) => hasFailed)).toEqual([false, false, true]);
    expect(visits.at(-1)?.exitedAt).toBeDefined();
  });

  it('that have ended are not ended again', async () => {
    const id = await start('succeed');
    await ended(id);
    await workflows().stop(id, 'too late');
    expect(await workflows().describe(id)).toMatchObject({ status: 'succeeded' });
  });

  it('are nothing where there is none, and need no stopping', async () => {
    const id = workflows().executionId('training', 'nobody');
    expect(await workflows().describe(id)).toBeUndefined();
    await expect(workflows().stop(id, 'enough')).resolves.toBeUndefined();
  });
}
