import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invoke, machineArn, stepFunctionsRig } from './step-functions-rig.ts';

const calls: unknown[] = [];
const MACHINES = {
  wait: { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, End: true } } },
  pass: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
  caught: {
    StartAt: 'T',
    States: {
      T: invoke('hang', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Never' }], Next: 'Never' }),
      Never: invoke('count'),
    },
  },
  phases: {
    StartAt: 'First',
    States: {
      First: { Type: 'Pass', Result: 1, ResultPath: '$.a', Next: 'Second' },
      Second: invoke('fails', { Catch: [{ ErrorEquals: ['Oops'], ResultPath: '$.e', Next: 'Third' }] }),
      Third: { Type: 'Succeed' },
    },
  },
  child: {
    StartAt: 'C',
    States: {
      C: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Parameters: { StateMachineArn: machineArn('pass'), Input: { 'x.$': '$.x' } },
        OutputPath: '$.Output',
        End: true,
      },
    },
  },
  childFails: {
    StartAt: 'C',
    States: {
      C: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Parameters: { StateMachineArn: machineArn('broken'), Input: {} },
        End: true,
      },
    },
  },
  broken: { StartAt: 'F', States: { F: { Type: 'Fail', Error: 'Boom', Cause: 'why' } } },
};

let rig: Awaited<ReturnType<typeof stepFunctionsRig>>;
beforeAll(async () => {
  rig = await stepFunctionsRig(MACHINES, {
    hang: () => new Promise(() => {}),
    count: () => calls.push(1),
    fails: () => {
      throw Object.assign(new Error('x'), { name: 'Oops' });
    },
  });
});
afterAll(() => rig?.stop());

const describeOne = (executionArn: string) => rig.client.send(new DescribeExecutionCommand({ executionArn }));
const stop = (executionArn: string) =>
  rig.client.send(new StopExecutionCommand({ executionArn, error: 'Cancelled', cause: 'by hand' }));

describe('the name of an execution', () => {
  it('with the same input gives the one that runs, with another input is refused', async () => {
    const first = await rig.start('wait', { a: 1 }, 'once');
    expect(await rig.start('wait', { a: 1 }, 'once')).toBe(first);
    await expect(rig.start('wait', { a: 2 }, 'once')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await stop(first);
  });

  it('is not used again after the end, whatever the input', async () => {
    await rig.ended(await rig.start('pass', { a: 1 }, 'done'));
    await expect(rig.start('pass', { a: 1 }, 'done')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('has 80 characters at most and no blanks', async () => {
    await expect(rig.start('pass', {}, 'a b')).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(rig.start('pass', {}, 'x'.repeat(81))).rejects.toMatchObject({ name: 'InvalidName' });
  });
});

describe('the input of an execution', () => {
  it('over 262,144 bytes is refused, and so is what is not JSON', async () => {
    await expect(rig.start('pass', 'x'.repeat(262_143))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(rig.run('pass', 'x'.repeat(262_142))).resolves.toHaveLength(262_142);
    const notJson = new StartExecutionCommand({ stateMachineArn: machineArn('pass'), input: '{' });
    await expect(rig.client.send(notJson)).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
  });
});

describe('StopExecution', () => {
  it('ends it at once with its error; no Catch and no later state runs', async () => {
    const arn = await rig.start('caught', {}, 'stopped');
    const { stopDate } = await stop(arn);
    expect(stopDate).toBeInstanceOf(Date);
    expect(await describeOne(arn)).toMatchObject({ status: 'ABORTED', error: 'Cancelled', cause: 'by hand' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls).toEqual([]);
  });

  it('changes nothing about one that has ended', async () => {
    const arn = await rig.start('pass');
    await rig.ended(arn);
    await stop(arn);
    expect(await describeOne(arn)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('the records of executions', () => {
  it('describe one with its times, input and output', async () => {
    const arn = await rig.start('pass', { a: 1 }, 'described');
    const described = await rig.ended(arn);
    expect(described).toMatchObject({
      executionArn: arn,
      stateMachineArn: machineArn('pass'),
      name: 'described',
      status: 'SUCCEEDED',
      input: '{"a":1}',
      output: '{"a":1}',
      startDate: expect.any(Date),
      stopDate: expect.any(Date),
    });
    expect(Math.abs(Number(described.startDate) - Date.now())).toBeLessThan(60_000);
  });

  it('list the executions of a machine, newest first, by status and in pages', async () => {
    for (const name of ['l1', 'l2', 'l3']) await rig.ended(await rig.start('broken', {}, name));
    const running = await rig.start('wait', {}, 'still');
    const list = (input: object) =>
      rig.client.send(new ListExecutionsCommand({ stateMachineArn: machineArn('broken'), ...input }));
    const page = await list({ maxResults: 2 });
    expect(page.executions?.map(({ name }) => name)).toEqual(['l3', 'l2']);
    const rest = await list({ maxResults: 2, nextToken: page.nextToken });
    expect([rest.executions?.map(({ name }) => name), rest.nextToken]).toEqual([['l1'], undefined]);
    expect((await list({ statusFilter: 'RUNNING' })).executions).toEqual([]);
    expect((await list({ statusFilter: 'FAILED' })).executions).toHaveLength(3);
    await stop(running);
  });

  it('tell the phases of an execution, in order and with times', async () => {
    const arn = await rig.start('phases', { k: 1 });
    await rig.ended(arn);
    const { events = [] } = await rig.client.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    const phases = events.map((e) => [e.type, e.stateEnteredEventDetails?.name ?? e.stateExitedEventDetails?.name]);
    expect(phases).toEqual([
      ['ExecutionStarted', undefined],
      ['PassStateEntered', 'First'],
      ['PassStateExited', 'First'],
      ['TaskStateEntered', 'Second'],
      ['TaskScheduled', undefined],
      ['TaskStarted', undefined],
      ['TaskFailed', undefined],
      ['TaskStateExited', 'Second'],
      ['SucceedStateEntered', 'Third'],
      ['SucceedStateExited', 'Third'],
      ['ExecutionSucceeded', undefined],
    ]);
    expect(events[6]?.taskFailedEventDetails?.error).toBe('Oops');
    expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
    const times = events.map(({ timestamp }) => Number(timestamp));
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    const reversed = new GetExecutionHistoryCommand({ executionArn: arn, reverseOrder: true, maxResults: 1 });
    expect((await rig.client.send(reversed)).events?.[0]?.type).toBe('ExecutionSucceeded');
  });

  it('of what does not exist are refused by name', async () => {
    const arn = `${machineArn('pass').replace('stateMachine', 'execution')}:none`;
    await expect(describeOne(arn)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    await expect(rig.start('nobody')).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });

  it('name the machines and their definitions', async () => {
    const { stateMachines = [] } = await rig.client.send(new ListStateMachinesCommand({}));
    expect(stateMachines.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(MACHINES)));
    const one = await rig.client.send(new DescribeStateMachineCommand({ stateMachineArn: machineArn('pass') }));
    expect(JSON.parse(one.definition as string)).toEqual(MACHINES.pass);
  });
});

describe('an execution started by another', () => {
  it('gives its output', async () => {
    expect(await rig.run('child', { x: 5 })).toEqual({ x: 5 });
  });

  it('that fails fails the task with its record as the cause', async () => {
    const { error, cause } = await rig.ended(await rig.start('childFails'));
    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(cause as string)).toMatchObject({ Status: 'FAILED', Error: 'Boom', Cause: 'why' });
  });
});
