import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { functionArn, stepFunctionsRig } from './step-functions-rig.ts';

const tokens: string[] = [];
/** Of each call that got a token: when its state was entered, and how often it was tried before. */
const visits: { readonly entered: string; readonly retry: number }[] = [];
let failing = 0;

const waitFor = (rest: Record<string, unknown> = {}) => ({
  StartAt: 'Run',
  States: {
    Run: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: {
        FunctionName: functionArn('keep'),
        Payload: {
          ...{ 'token.$': '$$.Task.Token', 'again.$': "States.Format('{}', $$.Task.Token)", 'state.$': '$' },
          ...{ 'entered.$': '$$.State.EnteredTime', 'retry.$': '$$.State.RetryCount' },
        },
      },
      ResultPath: '$.outcome',
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Caught' }],
      End: true,
      ...rest,
    },
    Caught: { Type: 'Pass', End: true },
  },
});

const MACHINES = {
  plain: waitFor(),
  heartbeat: waitFor({ HeartbeatSeconds: 2 }),
  heartbeatAsTimeout: waitFor({
    HeartbeatSeconds: 1,
    Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: '$.error', Next: 'Caught' }],
  }),
  timeout: waitFor({ TimeoutSeconds: 1 }),
  retried: waitFor({ Retry: [{ ErrorEquals: ['Again'], IntervalSeconds: 1, MaxAttempts: 2 }] }),
  map: {
    StartAt: 'M',
    States: {
      M: { Type: 'Map', ItemsPath: '$.items', MaxConcurrency: 3, ItemProcessor: waitFor(), End: true },
    },
  },
};

let rig: Awaited<ReturnType<typeof stepFunctionsRig>>;
beforeAll(async () => {
  rig = await stepFunctionsRig(MACHINES, {
    keep: ({ token, again, entered, retry }: { token: string; again: string; entered: string; retry: number }) => {
      if (failing > 0) {
        failing -= 1;
        throw Object.assign(new Error('not now'), { name: 'LS_STALE_ATTEMPT' });
      }
      if (token !== again) throw new Error('two tokens for one task');
      tokens.push(token);
      visits.push({ entered, retry });
    },
  });
});
afterAll(() => rig?.stop());
beforeEach(() => {
  tokens.length = 0;
  visits.length = 0;
  failing = 0;
});

async function nextToken(count = 1): Promise<string> {
  await expect.poll(() => tokens.length, { timeout: 5000, interval: 10 }).toBe(count);
  return tokens[count - 1] as string;
}
const succeed = (taskToken: string, output: unknown) =>
  rig.client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
const beat = (taskToken: string) => rig.client.send(new SendTaskHeartbeatCommand({ taskToken }));
async function output(arn: string) {
  const { status, output: text, error, cause } = await rig.ended(arn);
  if (status !== 'SUCCEEDED') throw new Error(`${status} ${error} ${cause}`);
  return JSON.parse(text as string);
}

describe('a task that waits for its token', () => {
  it('takes the output of SendTaskSuccess, and the token is the same wherever the parameters name it', async () => {
    const arn = await rig.start('plain', { k: 1 });
    await succeed(await nextToken(), { phase: 'SUCCEEDED' });
    expect(await output(arn)).toEqual({ k: 1, outcome: { phase: 'SUCCEEDED' } });
  });

  it('fails with the error of SendTaskFailure, and may be retried with a new token', async () => {
    const arn = await rig.start('retried');
    const fail = async (taskToken: string, error: string) =>
      rig.client.send(new SendTaskFailureCommand({ taskToken, error, cause: 'said so' }));
    const first = await nextToken(1);
    await fail(first, 'Again');
    const second = await nextToken(2);
    expect(second).not.toBe(first);
    // A retry is another try of one visit: the state is not entered again.
    expect(visits.map(({ retry }) => retry)).toEqual([0, 1]);
    expect(visits[1]?.entered).toBe(visits[0]?.entered);
    expect(Date.now() - Date.parse(visits[0]?.entered ?? '')).toBeLessThan(60_000);
    await fail(second, 'LS_HOST_LOST');
    expect(await output(arn)).toEqual({ error: { Error: 'LS_HOST_LOST', Cause: 'said so' } });
  });

  it('lives as long as heartbeats come, and then is States.HeartbeatTimeout', async () => {
    const arn = await rig.start('heartbeat');
    const token = await nextToken();
    const began = Date.now();
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      await beat(token);
    }
    expect(await output(arn)).toEqual({ error: { Error: 'States.HeartbeatTimeout', Cause: '' } });
    expect(Date.now() - began).toBeGreaterThan(4300);
  });

  it('whose heartbeats stay away can be caught as States.Timeout', async () => {
    const arn = await rig.start('heartbeatAsTimeout');
    await nextToken();
    expect(await output(arn)).toMatchObject({ error: { Error: 'States.HeartbeatTimeout' } });
  });

  it('past TimeoutSeconds is States.Timeout however often it beats', async () => {
    const arn = await rig.start('timeout');
    const token = await nextToken();
    const beating = setInterval(() => void beat(token).catch(() => {}), 100);
    expect(await output(arn)).toMatchObject({ error: { Error: 'States.Timeout' } });
    clearInterval(beating);
    await expect(beat(token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('fails at once where the call itself fails', async () => {
    failing = 1;
    expect(await output(await rig.start('plain'))).toMatchObject({ error: { Error: 'LS_STALE_ATTEMPT' } });
  });

  it('has a token of its own in every iteration of a Map', async () => {
    const arn = await rig.start('map', { items: [{ i: 0 }, { i: 1 }, { i: 2 }] });
    await nextToken(3);
    expect(new Set(tokens).size).toBe(3);
    await Promise.all(tokens.map((token) => succeed(token, 'ok')));
    expect(await output(arn)).toEqual([0, 1, 2].map((i) => ({ i, outcome: 'ok' })));
  });
});

describe('a token', () => {
  it('whose task is over is TaskTimedOut: answered, stopped or failed', async () => {
    const answered = await rig.start('plain');
    const first = await nextToken(1);
    await succeed(first, 1);
    await rig.ended(answered);
    await expect(succeed(first, 2)).rejects.toMatchObject({ name: 'TaskTimedOut' });

    const stopped = await rig.start('plain');
    const second = await nextToken(2);
    await rig.client.send(new StopExecutionCommand({ executionArn: stopped }));
    await expect(succeed(second, 1)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(beat(second)).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('that was never given is TaskDoesNotExist, and what is no token at all is InvalidToken', async () => {
    await expect(succeed('A'.repeat(256), 1)).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    await expect(succeed('no token', 1)).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  it('answered with what is not JSON is InvalidOutput, and the task waits on', async () => {
    const arn = await rig.start('plain');
    const taskToken = await nextToken();
    const send = rig.client.send(new SendTaskSuccessCommand({ taskToken, output: '{' }));
    await expect(send).rejects.toMatchObject({ name: 'InvalidOutput' });
    await succeed(taskToken, 1);
    expect(await output(arn)).toEqual({ outcome: 1 });
  });
});
