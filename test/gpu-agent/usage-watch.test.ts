import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { processUses } from '#adapters/process/process-table.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { readUsage } from '#flows/runs/read-usage.ts';
import { watchUsage } from '../../gpu-agent/usage-watch.ts';

const BUSY = `const held = Buffer.alloc(64 * 2 ** 20, 1); const until = Date.now() + 20_000;
process.stdout.write('busy'); while (Date.now() < until) held[0] = 1 - held[0];`;
const quiet = { info() {}, warn() {}, error() {} };

it.skipIf(process.platform !== 'linux')('sees what a process uses, and keeps it beside the run', async () => {
  const objects = memoryObjects();
  const child = spawn(process.execPath, ['-e', BUSY], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    const watch = watchUsage({
      ...{ objects, clock: systemClock, log: quiet, attempt: 3, instanceId: 'i-1', accelerators: [] },
      ...{ uri: 's3://data/runs/r/usage/3/i-1.json', processes: () => [pid] },
    });
    // The first look is after a second; a loaded machine may be late with it.
    for (let tries = 0; tries < 100 && processUses([pid])[0]?.cpuMs === 0; tries++) await sleep(50);
    await sleep(1_500);
    await watch.stop();
    const [log] = await readUsage({ objects, bucket: 'data' }, 'r');
    expect(log).toMatchObject({ version: 1, attempt: 3, instanceId: 'i-1' });
    const sample = log?.samples[0];
    expect(sample?.memoryBytes).toBeGreaterThan(64 * 2 ** 20);
    expect(sample?.processors).toBeGreaterThan(0);
    expect(sample?.processors).toBeLessThan(4);
  } finally {
    child.kill('SIGKILL');
  }
});

it('leaves no record where nothing was seen, and ends at once', async () => {
  const objects = memoryObjects();
  const watch = watchUsage({
    ...{ objects, clock: systemClock, log: quiet, attempt: 0, instanceId: 'i-1', accelerators: [] },
    ...{ uri: 's3://data/runs/r/usage/0/i-1.json', processes: () => [] },
  });
  await watch.stop();
  expect(await readUsage({ objects, bucket: 'data' }, 'r')).toEqual([]);
});

it('costs a run nothing where it cannot be stored', async () => {
  const warned: string[] = [];
  const refused = { put: () => Promise.reject(new Error('denied')) };
  const watch = watchUsage({
    ...{ objects: refused, clock: systemClock, attempt: 0, instanceId: 'i-1', accelerators: [] },
    log: { ...quiet, warn: (message) => void warned.push(message) },
    ...{ uri: 's3://data/runs/r/usage/0/i-1.json', processes: () => [process.pid] },
  });
  await sleep(1_500);
  await expect(watch.stop()).resolves.toBeUndefined();
  expect(warned).toEqual(['use of the host not recorded']);
});
