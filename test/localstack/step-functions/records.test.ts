import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { embedded, machineArn } from '../../conformance/step-functions-rig.ts';

let rig: Awaited<ReturnType<typeof embedded>>;
beforeAll(async () => {
  rig = await embedded({
    wait: { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 60, End: true } } },
    loop: {
      StartAt: 'A',
      States: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } },
    },
    pass: { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } },
  });
});
afterAll(() => rig.stop());

const start = async (machine: string, name: string) =>
  (await rig.client.send(new StartExecutionCommand({ stateMachineArn: machineArn(machine), name }))).executionArn;
const statuses = (all: readonly { readonly name: string; readonly status: string }[], wanted: string) =>
  all.filter(({ name }) => name === wanted).map(({ status }) => status);

it('every change of an execution is told', async () => {
  const executionArn = await start('wait', 'stopped');
  await rig.client.send(new StopExecutionCommand({ executionArn }));
  expect(statuses(rig.changes, 'stopped')).toEqual(['RUNNING', 'ABORTED']);
});

it('every execution is written to the journal', async () => {
  await start('pass', 'journalled');
  await expect.poll(() => statuses(rig.journal(), 'journalled')).toEqual(['RUNNING', 'SUCCEEDED']);
});

it('an execution ends when its history is full, with 25,000 events, the last of which says so', async () => {
  const executionArn = await start('loop', 'endless');
  const described = () => rig.client.send(new DescribeExecutionCommand({ executionArn }));
  await expect.poll(async () => (await described()).status, { timeout: 20_000 }).toBe('FAILED');
  expect(await described()).toMatchObject({
    error: 'States.Runtime',
    cause: 'The execution reached the maximum number of history events (25000).',
  });
  const last = new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 });
  expect((await rig.client.send(last)).events?.[0]).toMatchObject({ id: 25_000, type: 'ExecutionFailed' });
});
