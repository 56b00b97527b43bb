import { readFileSync } from 'node:fs';
import {
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  List,
  type RecordBatch,
  Table,
  TimestampSecond,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InferenceState } from '#core/inference/state.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { encodeModel } from '#formats/onnx/model-writer.ts';
import { commitInference } from '../../../functions/commit-inference.ts';
import { inferOne } from '../../../functions/infer-partition.ts';
import { planInference } from '../../../functions/plan-inference.ts';
import { batchOf, fileBytes, streamBytes } from '../../formats/arrow/files.ts';
import { expected, MODEL_URI, newJob, newWorld, toyModel, unhurried } from './world.ts';

let world: ReturnType<typeof newWorld>;

beforeEach(async () => {
  world = newWorld();
  await world.objects.put(MODEL_URI, toyModel());
});
afterEach(() => world.close());

/** Plans, predicts every partition and commits; the rows as plain objects. */
async function predict(changes: Parameters<typeof newJob>[0] = {}, runId = 'r1'): Promise<Record<string, unknown>[]> {
  const planned = (await planInference(await world.started(runId, newJob(changes)), world.ports)) as InferenceState;
  for (const task of await world.items(runId)) await inferOne(world.ports, task, unhurried);
  const { manifestUri } = await commitInference(planned, world.ports);
  const rows: Record<string, unknown>[] = [];
  for await (const batch of (await readCommitted(world, manifestUri as string)).batches()) {
    for (const row of batch) rows.push({ ...row?.toJSON(), prediction: row?.prediction.toJSON() });
  }
  return rows;
}

const onePartition = { limits: { ...newJob().limits, partitionBytes: 1024 ** 2 } };

describe('dictionary-encoded columns', () => {
  const words = (values: readonly (string | null)[]) => {
    const [batch] = new Table({
      x: new Table([batchOf(0, values.length)]).getChild('x') as never,
      word: vectorFromArray(values, new Dictionary(new Utf8(), new Int32())),
    }).batches;
    return batch as NonNullable<typeof batch>;
  };

  it.each([
    ['one partition', onePartition],
    ['a partition for each object', {}],
  ])('keep their values where each object has a dictionary of its own: %s', async (_name, changes) => {
    await world.input('a.arrow', await fileBytes([words(['a', 'b', 'a'])]));
    await world.input('b.arrow', await streamBytes([words(['c', null, 'd', 'c'])]));
    await world.input('c.arrow', await fileBytes([words(['b', 'e'])]));
    const rows = await predict(changes);
    expect(rows.map((row) => row.word)).toEqual(['a', 'b', 'a', 'c', null, 'd', 'c', 'b', 'e']);
    expect(rows.map((row) => row.prediction)).toEqual([0, 1, 2, 0, 1, 2, 3, 0, 1].map(expected));
  });
});

describe('Parquet', () => {
  const file = new Uint8Array(readFileSync('test/fixtures/tables/pyarrow-26.0.1-rows.parquet'));

  it.each([
    ['one partition', onePartition],
    ['a partition for each row group', { limits: { ...newJob().limits, partitionBytes: 1 } }],
  ])('is predicted and kept row by row: %s', async (_name, changes) => {
    await world.input('a.parquet', file);
    const rows = await predict(changes);
    expect(rows.map(({ id, name, prediction }) => [id, name, prediction])).toEqual(
      Array.from({ length: 10 }, (_, id) => [id, id % 3 === 0 ? null : `row ${id}`, expected(id)]),
    );
  });

  it('is refused by name where it is damaged, and beside files with other columns', async () => {
    await world.input('a.parquet', file.subarray(0, file.length - 2));
    await expect(predict()).rejects.toMatchObject({ code: 'LS_PARQUET_CORRUPT' });
    await world.input('a.parquet', file);
    await world.input('b.arrow', await fileBytes([batchOf(0, 3).select(['id', 'x'])]));
    await expect(predict({}, 'r2')).rejects.toMatchObject({ code: 'LS_SCHEMA_DIFFERS' });
  });
});

describe('parts in Parquet', () => {
  const output = { keep: 'all', format: 'parquet' } as const;

  it('have the rows and predictions that Arrow would have', async () => {
    await world.input('a.arrow', await fileBytes([batchOf(0, 30), batchOf(30, 20)]));
    const inArrow = await predict(onePartition, 'r1');
    const inParquet = await predict({ ...onePartition, output }, 'r2');
    const plain = (rows: Record<string, unknown>[]) =>
      rows.map(({ x, ...row }) => ({ ...row, x: [...(x as number[])] }));
    expect(plain(inParquet)).toEqual(plain(inArrow));
    expect(inParquet).toHaveLength(50);
    expect(await world.keys('runs/r2/parts/')).toEqual([expect.stringMatching(/part-000000-.*\.parquet$/)]);
  });

  it('are refused when the run is planned where Parquet has no such column', async () => {
    const x = new Table([batchOf(0, 2)]).getChild('x') as Vector;
    const when = vectorFromArray([1000, 2000], new TimestampSecond());
    await world.input('a.arrow', await tableOf({ x, when }));
    const planned = planInference(await world.started('r1', newJob({ output })), world.ports);
    await expect(planned).rejects.toMatchObject({
      code: 'LS_PARQUET_UNWRITABLE',
      message: expect.stringContaining('`when` is Timestamp<SECOND>: Parquet has no times in seconds'),
    });
  });
});

describe('parts in Parquet of rows that may have no prediction', () => {
  it('are refused where a prediction has lists: Parquet keeps no length for a list that is not there', async () => {
    await world.input('a.arrow', await fileBytes([batchOf(0, 3)]));
    const predict_ = { kind: 'onnx', kernel: 'argmax', softmax: false, as: 'prediction', all: true } as const;
    const job = newJob({ predict: predict_, output: { keep: [], format: 'parquet' } });
    const onError = { ...job.onError, nullInput: 'null' } as const;
    const planned = planInference(await world.started('r1', { ...job, onError }), world.ports);
    await expect(planned).rejects.toMatchObject({
      code: 'LS_PARQUET_UNWRITABLE',
      message: expect.stringContaining(
        '`prediction.scores` is a fixed list, and `onError: null` keeps rows without one',
      ),
    });
    await planInference(await world.started('r2', job), world.ports);
  });
});

describe('objects whose columns are in another order', () => {
  it('are one input, and every part has the order of the first', async () => {
    const batch = batchOf(0, 3);
    await world.input('a.arrow', await fileBytes([batch]));
    await world.input('b.arrow', await fileBytes([batch.select(['x', 'name', 'id'])]));
    for (const [runId, changes] of Object.entries({ r1: onePartition, r2: {} })) {
      const rows = await predict(changes, runId);
      expect(rows.map((row) => [row.id, row.name, row.prediction])).toEqual(
        [0, 1, 2, 0, 1, 2].map((id) => [id, id === 0 ? null : `row ${id}`, expected(id)]),
      );
      expect(rows.map((row) => Object.keys(row))).toEqual(Array(6).fill(['id', 'name', 'x', 'prediction']));
    }
  });
});

const tableOf = (columns: Record<string, Vector>): Promise<Uint8Array> =>
  fileBytes(new Table(columns).batches as RecordBatch[]);
const vectors = (rows: number[][]) =>
  vectorFromArray(rows, new FixedSizeList(rows[0]?.length ?? 0, new Field('item', new Float32(), false)));

describe('columns of numbers', () => {
  it('of several types become one float32 input, row by row', async () => {
    await world.input(
      'a.arrow',
      await tableOf({
        a: vectorFromArray([5, 1], new Float64()),
        b: vectorFromArray([1n, 2n], new Int64()),
        c: vectorFromArray([3, 4], new Int16()),
        d: vectorFromArray([0.5, 0.5], new Float32()),
      }),
    );
    const rows = await predict({ columns: { x: 'a, b, c, d' } });
    expect(rows.map((row) => row.prediction)).toEqual([expected(5), expected(1)]);
  });

  it('in lists are a vector a row; a list of another length stops the run, which names row and object', async () => {
    const lists = (...rows: number[][]) => ({
      x: vectorFromArray(rows, new List(new Field('item', new Float64(), false))),
    });
    await world.input('a.arrow', await tableOf(lists([5, 0, 0, 0], [1, 0, 0, 0])));
    expect((await predict()).map((row) => row.prediction)).toEqual([expected(5), expected(1)]);
    await world.input('a.arrow', await tableOf(lists([5, 0, 0, 0], [1, 0, 0])));
    await expect(predict({}, 'r2')).rejects.toMatchObject({
      code: 'LS_LIST_LENGTH',
      message: expect.stringMatching(
        /a\.arrow, record batch 0: the column `x` has a list of 3 in row 1 of .* takes 4$/,
      ),
    });
  });

  it('with a value that float32 would round stop the run, which names row and object', async () => {
    const number = vectorFromArray([1n, 2n, 2n ** 24n + 1n], new Int64());
    await world.input('a.arrow', await tableOf({ id: number }));
    await expect(predict({ columns: { x: ['id', 'id', 'id', 'id'] } })).rejects.toMatchObject({
      code: 'LS_VALUE_INEXACT',
      message: expect.stringMatching(/a\.arrow, record batch 0: the column `id` has 16777217 in row 2 of .* float32/),
    });
  });

  it.each([
    [
      'text',
      { x: vectorFromArray(['a'], new Utf8()) },
      /the model wants `x: float32\[N,4\]`, got `x: Utf8`: `x` has texts, the input takes numbers/,
    ],
  ])('are refused where they are %s', async (_what, columns, message) => {
    await world.input('a.arrow', await tableOf(columns));
    await expect(predict({ columns: { x: 'x' } })).rejects.toMatchObject({
      code: 'LS_MODEL_MISMATCH',
      message: expect.stringMatching(message),
    });
  });
});

describe('a model', () => {
  it('with two inputs takes a column for each', async () => {
    const model = encodeModel({
      inputs: [
        { name: 'left', dims: ['N', 2] },
        { name: 'right', dims: ['N', 1] },
      ],
      outputs: [{ name: 'scores', dims: ['N', 3] }],
      nodes: [{ op: 'Concat', inputs: ['left', 'right'], outputs: ['scores'], attributes: { axis: 1 } }],
    });
    await world.objects.put(MODEL_URI, model);
    await world.input(
      'a.arrow',
      await tableOf({
        pair: vectors([
          [1, 2],
          [9, 3],
        ]),
        single: vectorFromArray([7, 4], new Float32()),
      }),
    );
    await expect(predict()).rejects.toMatchObject({
      message: expect.stringMatching(/`columns` does not say which column/),
    });
    const rows = await predict({ columns: { left: 'pair', right: 'single' } });
    expect(rows.map((row) => row.prediction)).toEqual([
      { label: 2, score: 7 },
      { label: 0, score: 9 },
    ]);
  });

  /** The input itself as scores, and beside it the label that the model finds, as classifiers export it. */
  const classifier = encodeModel({
    inputs: [{ name: 'x', dims: ['N', 3] }],
    outputs: [
      { name: 'label', dims: ['N'], type: 'int64' },
      { name: 'logits', dims: ['N', 3] },
    ],
    nodes: [
      { op: 'ArgMax', inputs: ['x'], outputs: ['label'], attributes: { axis: 1, keepdims: 0 } },
      { op: 'Identity', inputs: ['x'], outputs: ['logits'] },
    ],
  });

  it('with an int64 label beside its scores is answered with both, and logits become shares with softmax', async () => {
    await world.objects.put(MODEL_URI, classifier);
    await world.input(
      'a.arrow',
      await tableOf({
        x: vectors([
          [0, Math.log(2), Math.log(5)],
          [800, 800, 0],
        ]),
      }),
    );
    const rows = await predict({ predict: { kind: 'onnx', kernel: 'argmax', softmax: true, as: 'prediction' } });
    expect(rows.map((row) => row.prediction)).toEqual([
      { label: 2n, score: expect.closeTo(5 / 8, 6) },
      { label: 0n, score: 0.5 },
    ]);
  });

  it('whose int64 label is asked for as scores is refused by name', async () => {
    await world.objects.put(MODEL_URI, classifier);
    await world.input('a.arrow', await tableOf({ x: vectors([[0, 1, 2]]) }));
    const predictSpec = { kind: 'onnx', kernel: 'argmax', scores: 'label', softmax: false, as: 'prediction' } as const;
    await expect(predict({ predict: predictSpec })).rejects.toMatchObject({
      code: 'LS_OUTPUTS_UNCLEAR',
      message: expect.stringMatching(/wants `label: float32\[N,classes\]`, the model has `label: int64\[N\]`/),
    });
  });
});
