import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sfnWorkflows } from '#adapters/aws/sfn-workflows.ts';
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import { memoryWorkflows } from '#adapters/memory/memory-workflows.ts';
import { LockstepError } from '#core/errors.ts';
import type { Workflows } from '#core/runs/ports.ts';
import { CLOUD } from '../conformance/endpoints.ts';
import { invoke, machineArn, stepFunctionsRig } from '../conformance/step-functions-rig.ts';
import { SCRIPTS, workflowsContract } from './workflows-contract.ts';

describe('the workflows in memory', () => {
  const workflows = memoryWorkflows({ clock: memoryClock() }, (_, input) => {
    const { do: script } = input as { readonly do: keyof typeof SCRIPTS };
    return script === 'succeed' ? { ...SCRIPTS.succeed, end: { output: input } } : SCRIPTS[script];
  });
  workflowsContract(() => workflows);
});

const WORKFLOW = {
  StartAt: 'Validate',
  States: {
    Validate: invoke('validate', { Next: 'Which' }),
    Which: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.do', StringEquals: 'wait', Next: 'Wait' },
        { Variable: '$.do', StringEquals: 'fail', Next: 'Break' },
        { Variable: '$.do', StringEquals: 'flaky', Next: 'Flaky' },
      ],
      Default: 'Done',
    },
    Wait: { Type: 'Wait', Seconds: 60, Next: 'Done' },
    Break: invoke('break'),
    Flaky: invoke('flaky', {
      Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }],
      Next: 'Caught',
    }),
    Caught: invoke('break', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Refused' }], Next: 'Done' }),
    Refused: { Type: 'Fail', Error: 'Refused' },
    Done: { Type: 'Succeed' },
  },
};

describe(`the workflows of Step Functions (${CLOUD})`, () => {
  let rig: Awaited<ReturnType<typeof stepFunctionsRig>>;
  let workflows: Workflows;
  /** Calls of the function `flaky`, which fails the first time. */
  let calls = 0;
  beforeAll(async () => {
    rig = await stepFunctionsRig(
      { training: WORKFLOW, inference: WORKFLOW },
      {
        validate: (event) => event,
        flaky: (event) => {
          calls += 1;
          if (calls === 1) throw new Error('not yet');
          return event;
        },
        break: () => {
          const { code, message } = SCRIPTS.fail.end.failure;
          throw new LockstepError(code, message);
        },
      },
    );
    workflows = sfnWorkflows(rig.client, { training: machineArn('training'), inference: machineArn('inference') });
  });
  afterAll(() => rig?.stop());

  workflowsContract(() => workflows);

  it('tell a state that failed from one that was tried again with success, and from the Fail state after it', async () => {
    const id = await workflows.start('training', `run-${process.pid}-flaky`, { do: 'flaky' });
    const status = async () => (await workflows.describe(id))?.status;
    await expect.poll(status, { timeout: 20_000, interval: 25 }).toBe('failed');
    const visits = await workflows.visits(id);
    expect(visits.map(({ state, hasFailed = false }) => [state, hasFailed])).toEqual([
      ['Validate', false],
      ['Which', false],
      ['Flaky', false],
      ['Caught', true],
      ['Refused', false],
    ]);
  });
});
