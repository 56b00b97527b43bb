import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type Hints, openHints } from '../../gpu-agent/hints.ts';

const open: Hints[] = [];
afterEach(() => {
  for (const hints of open.splice(0)) hints.close();
});

async function hints(runId = 'run-1'): Promise<{ readonly hints: Hints; readonly heard: () => number }> {
  let count = 0;
  const opened = await openHints({ address: '127.0.0.1', runId, onHint: () => count++ });
  open.push(opened);
  return { hints: opened, heard: () => count };
}

const at = (one: Hints) => [{ address: '127.0.0.1', port: one.port }];

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition() && waited < 5_000; waited += 10) await delay(10);
}

test('an agent is hinted by another of its run, and by nobody else', async () => {
  const [one, other, stranger] = [await hints(), await hints(), await hints('run-2')];
  stranger.hints.send(at(one.hints));
  const noise = createSocket('udp4');
  noise.send(Buffer.alloc(2000, 'x'), one.hints.port, '127.0.0.1');
  await delay(50);
  expect(one.heard()).toBe(0);
  other.hints.send(at(one.hints));
  await until(() => one.heard() === 1);
  expect(one.heard()).toBe(1);
  noise.close();
});

test('a flood of hints becomes few looks', async () => {
  const [one, other] = [await hints(), await hints()];
  for (let i = 0; i < 500; i++) other.hints.send(at(one.hints));
  await until(() => one.heard() > 0);
  await delay(50);
  expect(one.heard()).toBeLessThan(100);
});

test('a peer that is gone does not disturb', async () => {
  const one = await hints();
  one.hints.send([{ address: '127.0.0.1', port: 9 }]);
  await delay(50);
  one.hints.send(at(one.hints));
  await until(() => one.heard() === 1);
  expect(one.heard()).toBe(1);
});
