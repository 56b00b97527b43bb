import { afterAll, beforeAll, describe } from 'vitest';
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
      ],
      Default: 'Done',
    },
    Wait: { Type: 'Wait', Seconds: 60, Next: 'Done' },
    Break: invoke('break'),
    Done: { Type: 'Succeed' },
  },
};

describe(`the workflows of Step Functions (${CLOUD})`, () => {
  let rig: Awaited<ReturnType<typeof stepFunctionsRig>>;
  let workflows: Workflows;
  beforeAll(async () => {
    rig = await stepFunctionsRig(
      { training: WORKFLOW, inference: WORKFLOW },
      {
        functions: {
          validate: (event) => event,
          break: () => {
            const { code, message } = SCRIPTS.fail.end.failure;
            throw new LockstepError(code, message);
          },
        },
      },
    );
    workflows = sfnWorkflows(rig.client, { training: machineArn('training'), inference: machineArn('inference') });
  });
  afterAll(() => rig?.stop());

  workflowsContract(() => workflows);
});
