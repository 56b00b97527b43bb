import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sfnWorkflows } from '#adapters/aws/sfn-workflows.ts';
import { LockstepError } from '#core/errors.ts';
import type { Execution, Workflows } from '#core/runs/ports.ts';
import { invoke, machineArn, stepFunctionsRig } from './step-functions-rig.ts';

/** First works, then broken or patient: a state that is retried, one that ends, one that waits. */
const TRAINING = {
  StartAt: 'Validate',
  States: {
    Validate: invoke('validate', { Next: 'Which' }),
    Which: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.task', StringEquals: 'wait', Next: 'Wait' },
        { Variable: '$.task', StringEquals: 'break', Next: 'Break' },
      ],
      Default: 'Done',
    },
    Wait: { Type: 'Wait', Seconds: 60, Next: 'Done' },
    Break: invoke('break'),
    Done: { Type: 'Succeed' },
  },
};

let rig: Awaited<ReturnType<typeof stepFunctionsRig>>;
let workflows: Workflows;
beforeAll(async () => {
  rig = await stepFunctionsRig(
    { training: TRAINING, inference: TRAINING },
    {
      functions: {
        validate: (event) => event,
        break: () => {
          throw new LockstepError('LS_DATA_EMPTY', 'nothing is there');
        },
      },
    },
  );
  workflows = sfnWorkflows(rig.client, { training: machineArn('training'), inference: machineArn('inference') });
});
afterAll(() => rig?.stop());

async function untilEnded(id: string): Promise<Execution> {
  for (let i = 0; i < 200; i++) {
    const execution = await workflows.describe(id);
    if (execution !== undefined && execution.status !== 'running') return execution;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error(`${id} did not end`);
}

describe('the workflows', () => {
  it('run under the name of the run, and are found by it', async () => {
    const id = await workflows.start('training', 'run-1', { task: 'done', n: 1 });
    expect(id).toBe(workflows.executionId('training', 'run-1'));
    expect(await untilEnded(id)).toEqual({
      status: 'succeeded',
      input: { task: 'done', n: 1 },
      output: { task: 'done', n: 1 },
    });
    expect(await workflows.recent('training')).toContain(id);
    expect(await workflows.recent('inference')).not.toContain(id);
  });

  it('are refused a name twice', async () => {
    await workflows.start('training', 'run-2', { task: 'wait' });
    await expect(workflows.start('training', 'run-2', { task: 'done' })).rejects.toThrow(
      expect.objectContaining({ code: 'LS_RUN_EXISTS', message: 'run run-2 exists' }),
    );
    await workflows.stop(workflows.executionId('training', 'run-2'), 'enough');
  });

  it('fail with the code and the words of the function that failed', async () => {
    const id = await workflows.start('training', 'run-3', { task: 'break' });
    expect(await untilEnded(id)).toEqual({
      status: 'failed',
      input: { task: 'break' },
      failure: { code: 'LS_DATA_EMPTY', message: 'nothing is there' },
    });
  });

  it('tell where they were and when, one state after the other', async () => {
    const id = await workflows.start('training', 'run-4', { task: 'wait' });
    let visits = await workflows.visits(id);
    for (let i = 0; i < 200 && visits.length < 3; i++) {
      await new Promise((done) => setTimeout(done, 25));
      visits = await workflows.visits(id);
    }
    expect(visits.map(({ state }) => state)).toEqual(['Validate', 'Which', 'Wait']);
    expect(visits.map(({ exitedAt }) => exitedAt !== undefined)).toEqual([true, true, false]);
    await workflows.stop(id, 'enough');
    expect(await workflows.describe(id)).toMatchObject({ status: 'cancelled' });
    expect((await workflows.visits(id)).at(-1)?.exitedAt).toBeDefined();
  });

  it('end the visit of a state that failed', async () => {
    const visits = await workflows.visits(workflows.executionId('training', 'run-3'));
    expect(visits.map(({ state }) => state)).toEqual(['Validate', 'Which', 'Break']);
    expect(visits.at(-1)?.exitedAt).toBeDefined();
  });

  it('are nothing where there is none, and need no stopping', async () => {
    const id = workflows.executionId('training', 'nobody');
    expect(await workflows.describe(id)).toBeUndefined();
    await expect(workflows.stop(id, 'enough')).resolves.toBeUndefined();
  });
});
