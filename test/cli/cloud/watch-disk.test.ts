import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { watchDisk } from '../../../cli/cloud/watch-disk.ts';

const MIB = 1024 * 1024;

it('refuses a disk that is full already, and says how full', () => {
  expect(() =>
    watchDisk(
      '/state',
      () => {},
      () => 1.5 * MIB,
    ),
  ).toThrow(
    expect.objectContaining({
      code: 'LS_STATE_UNUSABLE',
      message: 'the disk of /state has 1.5 MiB left; expected at least 4.0 MiB',
    }),
  );
});

it('tells once of a disk that has run full', async () => {
  const told: unknown[] = [];
  let free = 100 * MIB;
  const end = watchDisk(
    '/state',
    (error) => told.push(error.code),
    () => free,
  );
  free = 0;
  await expect.poll(() => told, { timeout: 5_000 }).toEqual(['LS_STATE_UNUSABLE']);
  await new Promise((done) => setTimeout(done, 700));
  expect(told).toHaveLength(1);
  end();
});

it('asks the file system, and says nothing while there is room', async () => {
  const told: unknown[] = [];
  const end = watchDisk(tmpdir(), (error) => told.push(error));
  await new Promise((done) => setTimeout(done, 700));
  expect(told).toEqual([]);
  end();
});
