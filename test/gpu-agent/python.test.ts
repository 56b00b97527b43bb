import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { OBJECTS } from '#core/names.ts';
import type { TaskResult } from '#core/training/task-result.ts';
import { BUCKET, RUN_ID, type SocketWorld, socketWorld } from './socket-world.ts';

const hasPython = spawnSync('python3', ['-c', 'import http.client']).status === 0;
if (!hasPython) console.log('skipped: the Python client, because there is no python3 on the PATH');

const PROGRAM = fileURLToPath(new URL('./fixtures/task.py', import.meta.url));
const CLIENT = fileURLToPath(new URL('../../python', import.meta.url));

let world: SocketWorld | undefined;
afterEach(async () => {
  await world?.close();
});

const python = (current: SocketWorld, rank: number, ...args: string[]) =>
  current.task(rank, 'env', `PYTHONPATH=${CLIENT}`, 'PYTHONDONTWRITEBYTECODE=1', 'python3', ...args);

describe.skipIf(!hasPython)('the Python client', () => {
  test('makes every call of the socket', async () => {
    const objects = memoryObjects();
    const { etag } = await objects.put(`s3://${BUCKET}/a`, Buffer.from('rows'));
    const byRank = [[], [{ bucket: BUCKET, key: 'a', etag, sizeBytes: 4, format: 'parquet' }]];
    const manifest = { version: 2, runId: RUN_ID, byRank };
    await objects.put(`s3://${BUCKET}/${OBJECTS.shards(RUN_ID)}`, Buffer.from(JSON.stringify(manifest)));
    world = await socketWorld({ worldSize: 2, objects });
    const current = world;
    const ends = await Promise.all([0, 1].map((rank) => python(current, rank, PROGRAM)));
    expect(ends.map((end) => [end.code, end.stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    const common = {
      ...{ world_size: 2, ranks: [0, 1], gathered: ['rank 0 é', 'rank 1 é'], before: null },
      ...{ after: [0, 4, { 'w.bin': [0, 1, 2] }], cancelled: false, refused: 'LS_BAD_CALL' },
    };
    expect(ends.map((end) => JSON.parse(end.stdout))).toEqual([
      { ...common, rank: 0, resources: { gpu: { addresses: ['0'] } }, shards: [] },
      { ...common, rank: 1, resources: { gpu: { addresses: ['1'] } }, shards: ['rows'] },
    ]);
    const { bytes } = await objects.get(`s3://${BUCKET}/${OBJECTS.result(RUN_ID, 0)}result.json`);
    const result = JSON.parse(Buffer.from(bytes).toString('utf8')) as TaskResult;
    expect(result.metrics).toEqual({ accuracy: 0.75 });
  });

  test('says so when no agent started the program', () => {
    const ended = spawnSync('python3', ['-c', 'import lockstep_task; lockstep_task.context()'], {
      env: { PATH: process.env.PATH, PYTHONPATH: CLIENT, PYTHONDONTWRITEBYTECODE: '1' },
      encoding: 'utf8',
    });
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain("LS_USAGE: 'LOCKSTEP_SOCKET' is not set: no agent started this process");
  });
});
