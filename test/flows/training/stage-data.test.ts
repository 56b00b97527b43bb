import { expect, test } from 'vitest';
import { OBJECTS } from '#core/names.ts';
import type { ShardManifest } from '#core/training/shards.ts';
import type { StateOf } from '#core/training/state.ts';
import { stageData } from '#flows/training/stage-data.ts';
import { AT, BUCKET, document, errorOf, RUN, trainingWorld, uri } from './training-world.ts';

const STAGE: StateOf<'stage'> = { ...AT, next: 'stage', waitS: 0 };

const parquet = (sizeBytes: number): string => `PAR1${'x'.repeat(sizeBytes - 8)}PAR1`;
const files = (...sizes: number[]) => sizes.map((size) => Buffer.from(parquet(size)));
const sqlJob = document({ data: { sql: { database: 'd', query: 'select' } } });
const s3Job = document({ data: { s3: { uri: uri('warehouse/'), format: 'parquet' } } });

test('the result of a query becomes shards, every rank reading about as many bytes', async () => {
  const { ports, put, get } = trainingWorld({ select: { outcome: { files: files(40, 10, 30, 20, 20) } } });
  await put(OBJECTS.job(RUN), sqlJob);

  const state = await stageData(ports, STAGE);

  expect(state).toEqual({ ...AT, next: 'admit', waitS: 0 });
  const { byRank } = (await get(OBJECTS.shards(RUN))) as ShardManifest;
  expect(byRank.map((shards) => shards.reduce((sum, each) => sum + each.sizeBytes, 0))).toEqual([40, 30, 30, 20]);
  expect(byRank[0]).toMatchObject([{ bucket: BUCKET, key: `${OBJECTS.staged(RUN)}part-0`, sizeBytes: 40 }]);
});

test('a long query is looked at again after a wait, and never started twice', async () => {
  const { ports, put } = trainingWorld({ select: { polls: 120, outcome: { files: files(10, 10, 10, 10) } } });
  await put(OBJECTS.job(RUN), sqlJob);

  const first = await stageData(ports, STAGE);
  expect(first).toMatchObject({ next: 'stage', queryId: 'query-0' });
  expect(first.waitS).toBeGreaterThan(0);

  let state: StateOf<'stage' | 'admit'> = first;
  for (let turns = 0; state.next === 'stage' && turns < 10; turns++) state = await stageData(ports, state);
  expect(state).toEqual({ ...AT, next: 'admit', waitS: 0 });
});

test('a query that fails is reported with the reason of the warehouse', async () => {
  const { ports, put } = trainingWorld({ select: { outcome: { failed: 'line 1:8: Table digits does not exist' } } });
  await put(OBJECTS.job(RUN), sqlJob);
  expect(await errorOf(stageData(ports, STAGE))).toMatchObject({
    code: 'LS_QUERY_FAILED',
    message: 'line 1:8: Table digits does not exist',
  });
});

test('Parquet objects below a prefix are divided as they are; markers and empty objects are not data', async () => {
  const { ports, put, get } = trainingWorld();
  await put(OBJECTS.job(RUN), s3Job);
  for (const name of ['a', 'b', 'c', 'd']) await put(`warehouse/${name}.parquet`, parquet(20));
  await put('warehouse/_SUCCESS', 'done');
  await put('warehouse/.hidden', 'x');
  await put('warehouse/empty.parquet', '');

  await stageData(ports, STAGE);

  const { byRank } = (await get(OBJECTS.shards(RUN))) as ShardManifest;
  expect(byRank.flat().map(({ key }) => key)).toEqual(['a', 'b', 'c', 'd'].map((name) => `warehouse/${name}.parquet`));
});

test.each([
  { why: 'an empty prefix', objects: {}, code: 'LS_DATA_EMPTY', message: /warehouse/ },
  {
    why: 'fewer objects than tasks',
    objects: { a: parquet(9) },
    code: 'LS_DATA_TOO_FEW',
    message: /at least 4.*got 1/,
  },
  {
    why: 'an object that is not Parquet',
    objects: { a: parquet(9), b: parquet(9), c: 'id,label\n', d: parquet(9) },
    code: 'LS_DATA_UNREADABLE',
    message: /warehouse\/c: expected a Parquet file/,
  },
])('$why is refused, and no manifest is written', async ({ objects, code, message }) => {
  const { ports, put } = trainingWorld();
  await put(OBJECTS.job(RUN), s3Job);
  for (const [name, content] of Object.entries(objects)) await put(`warehouse/${name}`, content);

  const error = await errorOf(stageData(ports, STAGE));

  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(await ports.objects.head(uri(OBJECTS.shards(RUN)))).toBeUndefined();
});

test('a job without data needs no staging', async () => {
  const { ports, put } = trainingWorld();
  await put(OBJECTS.job(RUN), document());
  expect(await stageData(ports, STAGE)).toEqual({ ...AT, next: 'admit', waitS: 0 });
});
