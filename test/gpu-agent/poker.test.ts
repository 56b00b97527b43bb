import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { openPoker, type Poker } from '../../gpu-agent/poker.ts';

const open: Poker[] = [];
afterEach(() => {
  for (const poker of open.splice(0)) poker.close();
});

async function poker(runId = 'run-1'): Promise<{ readonly poker: Poker; readonly heard: () => number }> {
  let count = 0;
  const opened = await openPoker({ address: '127.0.0.1', runId, onPoke: () => count++ });
  open.push(opened);
  return { poker: opened, heard: () => count };
}

const at = (one: Poker) => [{ address: '127.0.0.1', port: one.port }];

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition() && waited < 5_000; waited += 10) await delay(10);
}

test('an agent is poked by another of its run, and by nobody else', async () => {
  const [one, other, stranger] = [await poker(), await poker(), await poker('run-2')];
  stranger.poker.poke(at(one.poker));
  const noise = createSocket('udp4');
  noise.send(Buffer.alloc(2000, 'x'), one.poker.port, '127.0.0.1');
  await delay(50);
  expect(one.heard()).toBe(0);
  other.poker.poke(at(one.poker));
  await until(() => one.heard() === 1);
  expect(one.heard()).toBe(1);
  noise.close();
});

test('a flood of pokes becomes few looks', async () => {
  const [one, other] = [await poker(), await poker()];
  for (let i = 0; i < 500; i++) other.poker.poke(at(one.poker));
  await until(() => one.heard() > 0);
  await delay(50);
  expect(one.heard()).toBeLessThan(100);
});

test('a peer that is gone does not disturb', async () => {
  const one = await poker();
  one.poker.poke([{ address: '127.0.0.1', port: 9 }]);
  await delay(50);
  one.poker.poke(at(one.poker));
  await until(() => one.heard() === 1);
  expect(one.heard()).toBe(1);
});
