import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { valuesOf } from './fixtures/ring-task.ts';
import { type SocketWorld, socketWorld, type TaskEnd } from './socket-world.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/ring-task.ts', import.meta.url));

let world: SocketWorld | undefined;
afterEach(async () => {
  await world?.close();
});

async function runRing(worldSize: number, ...args: string[]): Promise<readonly TaskEnd[]> {
  world = await socketWorld({ worldSize });
  const tasks = Array.from({ length: worldSize }, (_, rank) =>
    (world as SocketWorld).task(rank, process.execPath, PROGRAM, ...args),
  );
  return await Promise.all(tasks);
}

const rowsOf = (end: TaskEnd) =>
  end.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { length: number; sha: string; head: number[] });

/** The plain sum, in double precision. */
const plainSum = (worldSize: number, length: number, at: number): number =>
  Array.from({ length: worldSize }, (_, rank) => valuesOf(rank, length)[at] as number).reduce((a, b) => a + b, 0);

describe.each([1, 2, 3, 5])('allReduce between %i processes', (worldSize) => {
  test('is the plain sum, the same to the last bit on every rank and in every run', async () => {
    const lengths = ['0', '1', '4', '1003', '200000'];
    const ends = await runRing(worldSize, 'sum', ...lengths);
    expect(ends.map((end) => [end.code, end.stderr])).toEqual(ends.map(() => [0, '']));
    const [first = [], ...others] = ends.map(rowsOf);
    for (const other of others) expect(other).toEqual(first);
    for (const { length, head } of first) {
      for (const [at, value] of head.entries()) expect(value).toBeCloseTo(plainSum(worldSize, length, at), 3);
    }
    await world?.close();
    const again = await runRing(worldSize, 'sum', ...lengths);
    expect(rowsOf(again[0] as TaskEnd)).toEqual(first);
  });
});

describe('allReduce', () => {
  test('divides by the world size for a mean', async () => {
    const [end] = await runRing(2, 'mean', '3');
    expect(rowsOf(end as TaskEnd)[0]?.head[1]).toBeCloseTo(plainSum(2, 3, 1) / 2, 5);
  });

  test('rejects on the others, by the name of the peer, when one leaves', async () => {
    world = await socketWorld({ worldSize: 3 });
    const current = world;
    const source = `
      import { run } from ${JSON.stringify(fileURLToPath(new URL('../../gpu-agent/sdk/index.ts', import.meta.url)))};
      await run(async (task) => {
        await task.allReduce(new Float32Array(8));
        if (task.rank === 1) process.exit(9);
        await task.allReduce(new Float32Array(8));
      });`;
    const ends = await Promise.all(
      [0, 1, 2].map((rank) => current.task(rank, process.execPath, '--input-type=module', '-e', source)),
    );
    expect(ends.map((end) => end.code)).toEqual([1, 9, 1]);
    expect(ends[0]?.stderr).toMatch(/the connection to rank [12] \(127\.0\.0\.1:\d+\) closed/);
    expect(ends[2]?.stderr).toMatch(/the connection to rank [01] \(127\.0\.0\.1:\d+\) closed/);
  });

  test('refuses arrays of different lengths', async () => {
    const ends = await runRing(2, 'unequal', '8');
    expect(ends.map((end) => end.code)).toEqual([1, 1]);
    expect(ends.map((end) => end.stderr).join()).toMatch(/LS_BARRIER_MISMATCH.*arrays|rank \d sent \d+ numbers/s);
  });

  test('gives up at its deadline if a peer makes no call', async () => {
    world = await socketWorld({ worldSize: 2 });
    const current = world;
    const source = `
      import { run } from ${JSON.stringify(fileURLToPath(new URL('../../gpu-agent/sdk/index.ts', import.meta.url)))};
      await run(async (task) => {
        await task.allReduce(new Float32Array(8));
        if (task.rank === 1) await new Promise((resolve) => setTimeout(resolve, 3_000));
        else await task.allReduce(new Float32Array(8), 'sum', { timeoutMs: 300 });
      });`;
    const ends = await Promise.all(
      [0, 1].map((rank) => current.task(rank, process.execPath, '--input-type=module', '-e', source)),
    );
    expect(ends.map((end) => end.code)).toEqual([1, 0]);
    expect(ends[0]?.stderr).toContain('LS_BARRIER_TIMEOUT: allReduce 1 was not complete within 300 ms');
  });
});
