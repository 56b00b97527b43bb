import { readFileSync } from 'node:fs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../localstack/processes.ts';
import { lambdaHost } from './lambda-host.ts';

const HANDLERS = {
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
  slow: {
    code: 'exports.handler = async (event, context) => { if (event.ms) await new Promise((r) => setTimeout(r, event.ms)); return { pid: process.pid, left: context.getRemainingTimeInMillis() } };',
    timeoutMs: 1000,
  },
  parallel: {
    code: 'exports.handler = async (event) => { await new Promise((r) => setTimeout(r, event.ms)); return { pid: process.pid, at: Date.now() } };',
    maxConcurrency: 3,
  },
  surroundings: {
    code: 'console.log("a line"); exports.handler = async (_, context) => ({ env: process.env, name: context.functionName, memory: context.memoryLimitInMB, arn: context.invokedFunctionArn, cwd: process.cwd() });',
    environment: { GIVEN: 'by the template' },
    memoryMiB: 512,
  },
  spawns:
    'const { spawn } = require("node:child_process"); exports.handler = async () => { const c = spawn("sleep", ["300"]); return c.pid };',
  leaves:
    'const { spawn } = require("node:child_process"); exports.handler = async ({ file }) => { require("node:fs").writeFileSync(file, String(spawn("sleep", ["300"]).pid)); process.exit(1) };',
  flaky:
    'const fs = require("node:fs"); exports.handler = async (e) => { fs.appendFileSync(e.file, "x"); if (fs.readFileSync(e.file).length < e.until) throw new Error("again") };',
};

let host: Awaited<ReturnType<typeof lambdaHost>>;
beforeAll(async () => {
  process.env.AWS_PROFILE = 'a-real-account';
  host = await lambdaHost(HANDLERS);
});
afterAll(async () => {
  delete process.env.AWS_PROFILE;
  await host.stop();
});

const invoke = (name: string, event: unknown = {}) => host.lambda.invoke(name, JSON.stringify(event));
async function answer<T>(name: string, event: unknown = {}): Promise<T> {
  const outcome = await invoke(name, event);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.failure));
  return JSON.parse(outcome.payload) as T;
}
async function failure(name: string, event: unknown = {}) {
  const outcome = await invoke(name, event);
  if (outcome.ok) throw new Error(`it answered ${outcome.payload}`);
  return outcome.failure;
}
describe('a handler', () => {
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

  it('sees its own name, memory, ARN and folder, the variables of the template, and no variable of the user', async () => {
    const seen = await answer<Record<string, string> & { env: Record<string, string> }>('surroundings');
    expect(seen).toMatchObject({
      name: 'surroundings',
      memory: '512',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:surroundings',
      env: { GIVEN: 'by the template', AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512' },
    });
    expect(seen.cwd).toMatch(/code$/);
    expect(seen.env).not.toHaveProperty('AWS_PROFILE');
    expect(host.log('surroundings')).toContain('a line');
  });
});

describe('a failure', () => {
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
    ['unexported', 'Runtime.HandlerNotFound', 'unexported.handler is undefined or not exported'],
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
    expect((await failure('killed')).errorMessage).toContain('signal: SIGKILL');
  });

  it('in a promise that nobody handles ends the process with that error', async () => {
    expect(await failure('rejection')).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'Error: nobody listens',
    });
  });

  it('to end in time is Sandbox.Timedout; the process is killed and the next event gets a new one', async () => {
    const before = await answer<{ pid: number; left: number }>('slow');
    expect(before.left).toBeGreaterThan(0);
    expect(before.left).toBeLessThanOrEqual(1000);
    expect(await failure('slow', { ms: 60_000 })).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 1\.00 seconds$/),
    });
    await expect.poll(() => isAlive(before.pid)).toBe(false);
    expect((await answer<{ pid: number }>('slow')).pid).not.toBe(before.pid);
  });
});

describe('the pool', () => {
  it('runs events of one function at once in processes of their own, up to the limit, and queues the rest', async () => {
    const results = await Promise.all(
      Array.from({ length: 7 }, () => answer<{ pid: number }>('parallel', { ms: 150 })),
    );
    expect(new Set(results.map(({ pid }) => pid)).size).toBe(3);
  });

  it('kills what a handler has started when the cloud stops, and frees its ports', async () => {
    const own = await lambdaHost({ spawns: HANDLERS.spawns });
    const outcome = await own.lambda.invoke('spawns', '{}');
    const pid = Number(outcome.ok ? outcome.payload : 0);
    expect(isAlive(pid)).toBe(true);
    await own.stop();
    await expect.poll(() => isAlive(pid)).toBe(false);
    await expect(fetch(own.lambda.url)).rejects.toThrow();
  });

  it('starts no process that would outlive a stop that comes while it starts', async () => {
    const own = await lambdaHost({ spawns: HANDLERS.spawns });
    const starting = own.lambda.invoke('spawns', '{}');
    await own.lambda.stop();
    expect(await starting).toMatchObject({ ok: false, failure: { errorType: 'Runtime.ExitError' } });
    await expect(own.lambda.invoke('spawns', '{}')).rejects.toThrow('the local cloud is stopping');
    expect(() => own.log('spawns')).toThrow('ENOENT');
    await own.stop();
  });

  it('kills what a handler has started when its process ends', async () => {
    const file = `${host.folder}/left`;
    expect(await failure('leaves', { file })).toMatchObject({ errorType: 'Runtime.ExitError' });
    await expect.poll(() => isAlive(Number(readFileSync(file, 'utf8')))).toBe(false);
  });

  it('tries an asynchronous event again twice', async () => {
    const file = `${host.folder}/flaky`;
    expect(await host.lambda.invokeAsync('flaky', JSON.stringify({ file, until: 3 }))).toMatchObject({ ok: true });
    const never = await host.lambda.invokeAsync('flaky', JSON.stringify({ file: `${file}2`, until: 99 }));
    expect(never.ok).toBe(false);
    expect(await answer('echo', {})).toBeTruthy();
  });
});

describe('the Invoke API', () => {
  const client = () =>
    new LambdaClient({
      endpoint: host.lambda.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  const invokeSdk = (FunctionName: string, Payload = '{}', InvocationType?: 'Event') =>
    client().send(new InvokeCommand({ FunctionName, Payload, ...(InvocationType && { InvocationType }) }));

  it('answers any SDK, by name or ARN, and marks a failure of the function', async () => {
    const ok = await invokeSdk('module', '{"x":1}');
    expect([ok.StatusCode, ok.FunctionError, ok.Payload?.transformToString()]).toEqual([200, undefined, '{"x":1}']);
    const failed = await invokeSdk('arn:aws:lambda:us-east-1:000000000000:function:named');
    expect(failed.FunctionError).toBe('Unhandled');
    expect(JSON.parse(failed.Payload?.transformToString() ?? '')).toMatchObject({ errorType: 'LS_NO_CAPACITY' });
    expect((await invokeSdk('echo', '{}', 'Event')).StatusCode).toBe(202);
  });

  it('refuses an unknown function and a payload that is not JSON', async () => {
    await expect(invokeSdk('nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(invokeSdk('echo', '{')).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
  });
});
