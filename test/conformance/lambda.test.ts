import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lambdaHost } from '../localstack/lambda/lambda-host.ts';
import { functionArn } from './arns.ts';
import { CLOUD, ENDPOINT, localConfig } from './endpoints.ts';
import { createFunctions } from './functions.ts';

const HANDLERS: Readonly<Record<string, string>> = {
  echo: 'exports.handler = async (event) => ({ event, pid: process.pid });',
  module: 'export const handler = async (event) => event; export const loaded = 1;',
  counter: 'let calls = 0; exports.handler = async () => ({ calls: ++calls, pid: process.pid });',
  nothing: 'exports.handler = async () => {};',
  named:
    'class Shortage extends Error { name = "LS_NO_CAPACITY" }; exports.handler = async () => { throw new Shortage("no hosts") };',
  text: 'exports.handler = async () => { throw "plain text" };',
  circular: 'exports.handler = async () => { const a = {}; a.a = a; return a };',
  broken: 'throw new TypeError("cannot load"); exports.handler = async () => {};',
  syntax: 'exports.handler = async ( => {};',
  missing: 'require("no-such-package"); exports.handler = async () => {};',
  unexported: 'exports.other = async () => {};',
  crash: 'exports.handler = async (event) => { if (event.die) process.exit(3); return process.pid };',
  killed: 'exports.handler = async () => { process.kill(process.pid, "SIGKILL"); await new Promise(() => {}) };',
  rejection:
    'exports.handler = async () => { Promise.reject(new Error("nobody listens")); await new Promise(() => {}) };',
  slow: 'exports.handler = async (event, context) => { if (event.ms) await new Promise((r) => setTimeout(r, event.ms)); return { pid: process.pid, left: context.getRemainingTimeInMillis() } };',
  surroundings:
    'exports.handler = async (_, context) => ({ env: process.env, name: context.functionName, memory: context.memoryLimitInMB, arn: context.invokedFunctionArn });',
};
const SETTINGS: Readonly<Record<string, { readonly timeoutS?: number; readonly memoryMiB?: number }>> = {
  slow: { timeoutS: 1 },
  surroundings: { memoryMiB: 512 },
};
const environment = { GIVEN: 'by the template' };

/** The functions in the cloud under test: its URL, and what ends it. */
async function start(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const names = Object.keys(HANDLERS);
  if (ENDPOINT !== undefined) {
    const functions = names.map((name) => {
      const code = HANDLERS[name] ?? '';
      const file = code.includes('export ') ? 'index.mjs' : 'index.cjs';
      return { name, files: { [file]: code }, handler: 'index.handler', environment, ...SETTINGS[name] };
    });
    return { url: ENDPOINT, stop: await createFunctions(ENDPOINT, functions) };
  }
  const host = await lambdaHost(
    Object.fromEntries(
      names.map((name) => {
        const { timeoutS = 10, memoryMiB = 128 } = SETTINGS[name] ?? {};
        return [name, { code: HANDLERS[name] ?? '', environment, memoryMiB, timeoutMs: timeoutS * 1000 }];
      }),
    ),
  );
  return { url: host.lambda.url, stop: host.stop };
}

let under: Awaited<ReturnType<typeof start>>;
let client: LambdaClient;
beforeAll(async () => {
  under = await start();
  client = new LambdaClient({ ...localConfig(under.url), maxAttempts: 1 });
});
afterAll(async () => {
  client?.destroy();
  await under?.stop();
});

const invoke = (FunctionName: string, Payload = '{}', InvocationType?: 'Event'): Promise<InvokeCommandOutput> =>
  client.send(new InvokeCommand({ FunctionName, Payload, ...(InvocationType && { InvocationType }) }));

async function answer<T>(name: string, event: unknown = {}): Promise<T> {
  const { FunctionError, Payload } = await invoke(name, JSON.stringify(event));
  const text = Payload?.transformToString() ?? '';
  if (FunctionError !== undefined) throw new Error(text);
  return JSON.parse(text) as T;
}

interface Failure {
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly trace?: readonly string[];
}

async function failure(name: string, event: unknown = {}): Promise<Failure> {
  const { FunctionError, Payload } = await invoke(name, JSON.stringify(event));
  const text = Payload?.transformToString() ?? '';
  if (FunctionError === undefined) throw new Error(`it answered ${text}`);
  return JSON.parse(text) as Failure;
}

describe(`a handler in Lambda (${CLOUD})`, () => {
  it('gets the event and answers, as CommonJS and as an ES module', async () => {
    expect(await answer<{ event: unknown }>('echo', { a: [1, 'é'] })).toMatchObject({ event: { a: [1, 'é'] } });
    expect(await answer('module', { b: 2 })).toEqual({ b: 2 });
  });

  it('that returns nothing answers null', async () => {
    expect(await answer('nothing')).toBeNull();
  });

  it('is loaded once and keeps its module state from event to event', async () => {
    const first = await answer<{ calls: number; pid: number }>('counter');
    const second = await answer<{ calls: number; pid: number }>('counter');
    expect([first.calls, second.calls]).toEqual([1, 2]);
    expect(second.pid).toBe(first.pid);
  });

  it('sees its own name, memory and ARN, and the variables that it was given', async () => {
    expect(await answer('surroundings')).toMatchObject({
      name: 'surroundings',
      memory: '512',
      arn: functionArn('surroundings'),
      env: { GIVEN: 'by the template', AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' },
    });
  });

  it('knows how much time is left', async () => {
    const { left } = await answer<{ left: number }>('slow');
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(1000);
  });
});

describe(`a failure in Lambda (${CLOUD})`, () => {
  it('keeps the name, message and stack of what was thrown', async () => {
    const { errorType, errorMessage, trace } = await failure('named');
    expect({ errorType, errorMessage }).toEqual({ errorType: 'LS_NO_CAPACITY', errorMessage: 'no hosts' });
    expect(trace?.[0]).toBe('LS_NO_CAPACITY: no hosts');
    expect(trace?.length).toBeGreaterThan(1);
  });

  it('that is not an Error has its type as its name', async () => {
    expect(await failure('text')).toEqual({ errorType: 'string', errorMessage: 'plain text', trace: [] });
  });

  it('to serialise the answer is a failure of the event', async () => {
    expect(await failure('circular')).toMatchObject({ errorMessage: 'Unable to stringify response body' });
  });

  it.each([
    ['broken', 'TypeError', 'cannot load'],
    ['syntax', 'Runtime.UserCodeSyntaxError', 'SyntaxError'],
    ['missing', 'Runtime.ImportModuleError', "Cannot find module 'no-such-package'"],
    ['unexported', 'Runtime.HandlerNotFound', '.handler is undefined or not exported'],
  ])('of loading is reported by its own name: %s', async (name, errorType, message) => {
    const reported = await failure(name);
    expect(reported.errorType).toBe(errorType);
    expect(reported.errorMessage).toContain(message);
  });

  it('to exit is Runtime.ExitError, and the next event gets a new process', async () => {
    const before = await answer<number>('crash');
    expect(await failure('crash', { die: true })).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: Runtime exited with error: exit status 3$/),
    });
    expect(await answer<number>('crash')).not.toBe(before);
  });

  it('by a signal is Runtime.ExitError too', async () => {
    expect(await failure('killed')).toMatchObject({ errorType: 'Runtime.ExitError' });
  });

  it('in a promise that nobody handles ends the process with that error', async () => {
    expect(await failure('rejection')).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'Error: nobody listens',
    });
  });

  it('to end in time is Sandbox.Timedout, and the next event gets a new process', async () => {
    const before = await answer<{ pid: number }>('slow');
    expect(await failure('slow', { ms: 60_000 })).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
    });
    expect((await answer<{ pid: number }>('slow')).pid).not.toBe(before.pid);
  });
});

describe(`the Invoke API of Lambda (${CLOUD})`, () => {
  it('answers by name and by ARN, and marks a failure of the function', async () => {
    const ok = await invoke('module', '{"x":1}');
    expect([ok.StatusCode, ok.FunctionError, ok.Payload?.transformToString()]).toEqual([200, undefined, '{"x":1}']);
    const failed = await invoke(functionArn('named'));
    expect(failed.FunctionError).toBe('Unhandled');
  });

  it('takes an event and does not wait for it', async () => {
    expect((await invoke('echo', '{}', 'Event')).StatusCode).toBe(202);
  });

  it('refuses an unknown function', async () => {
    await expect(invoke('nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('refuses a payload that is not JSON', async () => {
    await expect(invoke('echo', '{')).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
  });
});
