import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../processes.ts';
import { lambdaHost } from './lambda-host.ts';

const HANDLERS = {
  echo: 'exports.handler = async (event) => ({ event, pid: process.pid });',
  slow: {
    code: 'exports.handler = async (event) => { if (event.ms) await new Promise((r) => setTimeout(r, event.ms)); return process.pid };',
    timeoutMs: 1000,
  },
  parallel: {
    code: 'exports.handler = async (event) => { await new Promise((r) => setTimeout(r, event.ms)); return { pid: process.pid, at: Date.now() } };',
    maxConcurrency: 3,
  },
  surroundings: 'console.log("a line"); exports.handler = async () => ({ env: process.env, cwd: process.cwd() });',
  early:
    'require("node:fs").appendFileSync("early.pids", process.pid + " "); exports.handler = async () => process.pid;',
  broken: 'process.exit(3);',
  killed: 'exports.handler = async () => { process.kill(process.pid, "SIGKILL"); await new Promise(() => {}) };',
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

describe('the process of a handler', () => {
  it('has its folder, no variable of the user, and a log', async () => {
    const { cwd, env } = await answer<{ cwd: string; env: Record<string, string> }>('surroundings');
    expect(cwd).toMatch(/code$/);
    expect(env).not.toHaveProperty('AWS_PROFILE');
    expect(host.log('surroundings')).toContain('a line');
  });

  it('is started before its event where somebody expects one, once', async () => {
    const pids = join(host.folder, 'code', 'early.pids');
    host.lambda.prepare('early');
    host.lambda.prepare('arn:aws:lambda:us-east-1:000000000000:function:early');
    host.lambda.prepare('no such function');
    await expect.poll(() => existsSync(pids), { timeout: 10_000 }).toBe(true);
    const started = readFileSync(pids, 'utf8').trim();
    expect(String(await answer('early'))).toBe(started);
    expect(readFileSync(pids, 'utf8').trim()).toBe(started);
  });

  it('that ended before its event came is replaced, and the event says why it ended', async () => {
    host.lambda.prepare('broken');
    await expect.poll(async () => (await failure('broken')).errorMessage, { timeout: 10_000 }).toMatch('exit status 3');
  });

  it('is killed when its event takes too long', async () => {
    const pid = await answer<number>('slow');
    expect(await failure('slow', { ms: 60_000 })).toMatchObject({ errorType: 'Sandbox.Timedout' });
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('that a signal ends is reported with the signal', async () => {
    expect((await failure('killed')).errorMessage).toContain('signal: SIGKILL');
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
