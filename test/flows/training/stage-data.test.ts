import { expect, test } from 'vitest';
import { TRAIN_LIMITS } from '#core/job/defaults.ts';
import { OBJECTS } from '#core/names.ts';
import type { ShardManifest } from '#core/training/shards.ts';
import type { StateOf } from '#core/training/state.ts';
import { stageData } from '#flows/training/stage-data.ts';
import { arrowOfIds, parquetOfIds } from '../../fixtures/small-table.ts';
import { AT, BUCKET, document, errorOf, RUN, trainingWorld, uri } from './training-world.ts';

const STAGE: StateOf<'stage'> = { ...AT, next: 'stage', waitS: 0 };

const files = (...rows: number[]) => rows.map((count) => Buffer.from(parquetOfIds(count)));
const sqlJob = document({ data: { sql: { database: 'd', query: 'select' } }, limits: TRAIN_LIMITS });
const s3Job = document({ data: { s3: { uri: uri('warehouse/') } } });

test('the result of a query becomes shards, every rank reading about as many rows', async () => {
  const { ports, put, get } = trainingWorld({ select: { outcome: { files: files(40, 20, 40, 40, 20) } } });
  await put(OBJECTS.job(RUN), sqlJob);

  const state = await stageData(ports, STAGE);

  expect(state).toEqual({ ...AT, next: 'admit', waitS: 0 });
  const { byRank } = (await get(OBJECTS.shards(RUN))) as ShardManifest;
  expect(byRank.map((shards) => shards.map(({ key }) => key.slice(-1)))).toEqual([['0'], ['2'], ['3'], ['1', '4']]);
  expect(byRank[0]).toMatchObject([{ bucket: BUCKET, key: `${OBJECTS.staged(RUN)}part-0`, format: 'parquet' }]);
});

test('one object is cut into as many slices as there are ranks, with the row groups that each lies in', async () => {
  const { ports, put, get } = trainingWorld();
  await put(OBJECTS.job(RUN), document({ data: { s3: { uri: uri('warehouse/all.parquet') } } }));
  await ports.objects.put(uri('warehouse/all.parquet'), parquetOfIds(10, { rowsPerGroup: 4 }));
  await put('warehouse/all.parquet.old', 'another object that begins with the same name');

  await stageData(ports, STAGE);

  const { byRank } = (await get(OBJECTS.shards(RUN))) as ShardManifest;
  expect(byRank.map((shards) => shards.map(({ slice }) => slice))).toEqual([
    [{ from: 0, to: 2, blocks: { from: 0, to: 1, firstRow: 0 } }],
    [{ from: 2, to: 5, blocks: { from: 0, to: 2, firstRow: 0 } }],
    [{ from: 5, to: 7, blocks: { from: 1, to: 2, firstRow: 4 } }],
    [{ from: 7, to: 10, blocks: { from: 1, to: 3, firstRow: 4 } }],
  ]);
});

test('a long query is looked at again after a wait, and never started twice', async () => {
  const { ports, put } = trainingWorld({ select: { polls: 120, outcome: { files: files(1, 1, 1, 1) } } });
  await put(OBJECTS.job(RUN), sqlJob);

  const first = await stageData(ports, STAGE);
  expect(first).toMatchObject({ next: 'stage', queryId: 'query-0' });
  expect(first).toMatchObject({ waitS: 5, returns: 1 });

  let state: StateOf<'stage' | 'admit'> = first;
  for (let turns = 0; state.next === 'stage' && turns < 10; turns++) state = await stageData(ports, state);
  expect(state).toEqual({ ...AT, next: 'admit', waitS: 0, returns: expect.any(Number) });
});

test('a query that fails is reported with the reason of the warehouse', async () => {
  const { ports, put } = trainingWorld({ select: { outcome: { failed: 'line 1:8: Table digits does not exist' } } });
  await put(OBJECTS.job(RUN), sqlJob);
  expect(await errorOf(stageData(ports, STAGE))).toMatchObject({
    code: 'LS_QUERY_FAILED',
    message: 'line 1:8: Table digits does not exist',
  });
});

test('objects below a prefix are divided as they are; markers and empty objects are not data', async () => {
  const { ports, put, get } = trainingWorld();
  await put(OBJECTS.job(RUN), s3Job);
  for (const name of ['a', 'b', 'c']) await ports.objects.put(uri(`warehouse/${name}.parquet`), parquetOfIds(5));
  await ports.objects.put(uri('warehouse/d.arrow'), arrowOfIds(5));
  await put('warehouse/_SUCCESS', 'done');
  await put('warehouse/.hidden', 'x');
  await put('warehouse/empty.parquet', '');

  await stageData(ports, STAGE);

  const { byRank } = (await get(OBJECTS.shards(RUN))) as ShardManifest;
  expect(byRank.flat().map(({ key, format, slice }) => [key, format, slice])).toEqual([
    ...['a', 'b', 'c'].map((name) => [`warehouse/${name}.parquet`, 'parquet', undefined]),
    ['warehouse/d.arrow', 'arrow-file', undefined],
  ]);
});

test.each([
  { why: 'an empty prefix', objects: {}, code: 'LS_DATA_EMPTY', message: /warehouse/ },
  { why: 'a table without rows', objects: { a: parquetOfIds(0) }, code: 'LS_DATA_EMPTY', message: /holds no row/ },
  {
    why: 'fewer rows than tasks',
    objects: { a: parquetOfIds(2), b: parquetOfIds(1) },
    code: 'LS_DATA_TOO_FEW',
    message: /each of 4 tasks, got 3 rows/,
  },
  {
    why: 'an object that is no table',
    objects: { a: parquetOfIds(9), c: Buffer.from('id,label\n') },
    code: 'LS_ARROW_CORRUPT',
    message: /warehouse\/c: expected an Arrow IPC file or stream or a Parquet file/,
  },
  {
    why: 'a Parquet file that was cut off',
    objects: { a: parquetOfIds(9), c: parquetOfIds(9).subarray(0, 100) },
    code: 'LS_PARQUET_CORRUPT',
    message: /warehouse\/c: cut off/,
  },
])('$why is refused, and no manifest is written', async ({ objects, code, message }) => {
  const { ports, put } = trainingWorld();
  await put(OBJECTS.job(RUN), s3Job);
  for (const [name, content] of Object.entries(objects)) await ports.objects.put(uri(`warehouse/${name}`), content);

  const error = await errorOf(stageData(ports, STAGE));

  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(await ports.objects.head(uri(OBJECTS.shards(RUN)))).toBeUndefined();
});

test('objects of another format than the job names are refused', async () => {
  const { ports, put } = trainingWorld();
  await put(OBJECTS.job(RUN), document({ data: { s3: { uri: uri('warehouse/'), format: 'parquet' } } }));
  await ports.objects.put(uri('warehouse/a.arrow'), arrowOfIds(9));
  expect(await errorOf(stageData(ports, STAGE))).toMatchObject({
    code: 'LS_DATA_UNREADABLE',
    message: `${uri('warehouse/a.arrow')}: expected a file of the format parquet, as \`data.s3.format\` says, got arrow-file`,
  });
});

test('a job without data needs no staging', async () => {
  const { ports, put } = trainingWorld();
  await put(OBJECTS.job(RUN), document());
  expect(await stageData(ports, STAGE)).toEqual({ ...AT, next: 'admit', waitS: 0 });
});
