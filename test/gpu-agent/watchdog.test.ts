import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepWatchdog } from '../../gpu-agent/watchdog.ts';

let folder: string;
let beats: string;

/** A program in the place of systemd-notify, which writes down what it was told. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-watchdog-'));
  beats = join(folder, 'beats');
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$1" >> '${beats}'\n`);
  chmodSync(join(folder, 'systemd-notify'), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const count = (): number => (existsSync(beats) ? readFileSync(beats, 'utf8').split('WATCHDOG=1\n').length - 1 : 0);

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 15_000;
  while (!condition() && performance.now() < end) await sleep(20);
}

test('systemd is told again and again until it is stopped', async () => {
  const env = { PATH: `${folder}${delimiter}${process.env.PATH}`, NOTIFY_SOCKET: '/run/none', WATCHDOG_USEC: '300000' };
  const stop = keepWatchdog(env);
  await until(() => count() >= 3);
  expect(count()).toBeGreaterThanOrEqual(3);
  stop();
  await sleep(500);
  const atEnd = count();
  await sleep(500);
  expect(count()).toBe(atEnd);
});

test('without a watchdog of systemd nothing is started', async () => {
  const stop = keepWatchdog({ PATH: `${folder}${delimiter}${process.env.PATH}` });
  await sleep(300);
  stop();
  expect(count()).toBe(0);
});

test('a missing tool does not end the agent', async () => {
  const stop = keepWatchdog({ PATH: '/nowhere', NOTIFY_SOCKET: '/run/none', WATCHDOG_USEC: '300000' });
  await sleep(300);
  stop();
  expect(count()).toBe(0);
});
