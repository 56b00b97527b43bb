/**
 * Models that other libraries wrote, over rows that pyarrow wrote, against what those libraries predict themselves
 * (test/fixtures/models/make_models.py).
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InferenceState } from '#core/inference/state.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { encodeModel } from '#formats/onnx/model-writer.ts';
import { commitInference } from '../../../functions/commit-inference.ts';
import { inferOne } from '../../../functions/infer-partition.ts';
import { planInference } from '../../../functions/plan-inference.ts';
import { MODEL_URI, newJob, newWorld, unhurried } from './world.ts';

interface Expected {
  readonly labels: readonly (string | number)[];
  readonly scores: readonly (readonly number[])[];
  readonly values: readonly (number | readonly number[])[];
  readonly [field: string]: readonly unknown[];
}

const FIXTURES = 'test/fixtures/models';
const EXPECTED: Readonly<Record<string, Expected>> = JSON.parse(readFileSync(`${FIXTURES}/expected.json`, 'utf8'));
const expectedOf = (model: string) => EXPECTED[model] as Expected;

let world: ReturnType<typeof newWorld>;
beforeEach(() => {
  world = newWorld();
});
afterEach(() => world.close());

type Predict = Record<string, unknown>;

/** Predictions of the rows as plain values, with lists as arrays. */
async function predict(model: string | Uint8Array, changes: Predict = {}): Promise<Record<string, unknown>[]> {
  const bytes = typeof model === 'string' ? readFileSync(`${FIXTURES}/${model}.onnx`) : model;
  await world.objects.put(MODEL_URI, bytes);
  await world.input('rows.arrow', readFileSync(`${FIXTURES}/rows.arrow`));
  const predict = { kind: 'onnx', softmax: false, as: 'prediction', ...changes } as const;
  const job = newJob({ predict, output: { keep: ['id'] }, limits: { ...newJob().limits, microBatchRows: 16 } });
  const planned = (await planInference(await world.started('r', job), world.ports)) as InferenceState;
  for (const task of await world.items('r')) await inferOne(world.ports, task, unhurried);
  const { manifestUri } = await commitInference(planned, world.ports);
  const rows: Record<string, unknown>[] = [];
  for await (const batch of (await readCommitted(world, manifestUri as string)).batches()) {
    for (const row of batch) rows.push(plain(row?.prediction.toJSON()) as Record<string, unknown>);
  }
  return rows;
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Symbol.iterator in value && !('toJSON' in value && !Array.isArray(value) && isStruct(value))) {
    return [...(value as Iterable<unknown>)].map(plain);
  }
  const object = 'toJSON' in value ? (value as { toJSON(): object }).toJSON() : value;
  return Object.fromEntries(Object.entries(object).map(([key, each]) => [key, plain(each)]));
}
const isStruct = (value: object): boolean => value.constructor.name.includes('StructRow');

const column = (rows: readonly Record<string, unknown>[], field: string) => rows.map((row) => row[field]);

/** Equal up to the rounding of float32 sums in another order. */
function expectClose(got: unknown, wanted: unknown): void {
  if (Array.isArray(wanted)) {
    expect(got).toHaveLength(wanted.length);
    for (const [i, each] of wanted.entries()) expectClose((got as unknown[])[i], each);
  } else if (typeof wanted === 'number' && !Number.isInteger(wanted)) {
    expect(Math.abs((got as number) - wanted)).toBeLessThan(1e-5 * Math.max(1, Math.abs(wanted)));
  } else {
    expect(typeof wanted === 'number' ? Number(got) : got).toEqual(wanted);
  }
}

describe('a classifier', () => {
  it.each([
    ['logistic-tens', 'classes 10, 20 and 30'],
    ['logistic-signs', 'classes -1 and 1'],
    ['forest-words', 'classes with names'],
    ['logistic-tens-zipmap', 'the dictionaries that scikit-learn exports by default'],
    ['logistic-words-zipmap', 'dictionaries by name'],
    ['xgboost-classifier', 'trees of XGBoost'],
  ])('is answered with its own label and the score of it: %s, %s', async (model) => {
    const { labels, scores } = expectedOf(model);
    const rows = await predict(model);
    expect(column(rows, 'label')).toEqual(labels);
    expectClose(
      column(rows, 'score'),
      scores.map((row) => Math.max(...row)),
    );
    expect(Object.keys(rows[0] ?? {})).toEqual(['label', 'score']);
  });

  it('lists its best classes by name, and all scores, where the job asks for them', async () => {
    const { scores } = expectedOf('forest-words');
    const classes = ['barbera', 'barolo', 'grignolino'];
    const rows = await predict('forest-words', { top: 2, all: true });
    expectClose(column(rows, 'scores'), scores);
    for (const [i, row] of rows.entries()) {
      const all = scores[i] as readonly number[];
      const order = [0, 1, 2].sort((a, b) => (all[b] as number) - (all[a] as number)).slice(0, 2);
      const top = row.top as { label: string; score: number }[];
      expectClose(
        top.map(({ score }) => score),
        order.map((index) => all[index]),
      );
      for (const { label, score } of top) expectClose(score, all[classes.indexOf(label)]);
    }
  });

  it('whose scores are no probabilities of its label is refused, with the line that gives the label', async () => {
    await expect(predict('svc-signs')).rejects.toMatchObject({
      code: 'LS_OUTPUTS_UNCLEAR',
      message: expect.stringMatching(
        /the scores `probabilities` do not go with the label `label`: a row labelled -1 has the scores .*; write `predict: \{ label: label \}`/,
      ),
    });
    world = newWorld();
    const rows = await predict('svc-signs', { label: 'label' });
    expect(rows).toEqual(expectedOf('svc-signs').labels.map((label) => ({ label })));
  });

  it('with one score a row is answered with its label alone', async () => {
    const { labels } = expectedOf('linear-svc-signs');
    expect(await predict('linear-svc-signs')).toEqual(labels.map((label) => ({ label })));
  });

  it('that has its classes in a constant, as a network has, is answered alike', async () => {
    const { labels, scores } = expectedOf('mlp-words');
    const rows = await predict('mlp-words');
    expect(column(rows, 'label')).toEqual(labels);
    expectClose(
      column(rows, 'score'),
      scores.map((row) => Math.max(...row)),
    );
  });

  it('that says its classes nowhere is refused, and answered where the job says them', async () => {
    const unnamed = encodeModel({
      inputs: [{ name: 'x', dims: ['N', 4] }],
      outputs: [
        { name: 'label', dims: ['N'], type: 'int64' },
        { name: 'p', dims: ['N', 4] },
      ],
      constants: [{ name: 'tens', dims: [4], data: BigInt64Array.of(10n, 20n, 30n, 40n) }],
      nodes: [
        { op: 'Softmax', inputs: ['x'], outputs: ['p'] },
        { op: 'ArgMax', inputs: ['x'], outputs: ['index'], attributes: { axis: 1, keepdims: 0 } },
        { op: 'Gather', inputs: ['tens', 'index'], outputs: ['label'] },
      ],
    });
    await expect(predict(unnamed)).rejects.toThrow(
      /`p` do not go with the label `label`: \d+ is no index of a score; write `predict: \{ label: label \}` or .*classes:/,
    );
    world = newWorld();
    const alone = await predict(unnamed, { label: 'label' });
    world = newWorld();
    const rows = await predict(unnamed, { classes: [10, 20, 30, 40], all: true });
    expect(column(rows, 'label')).toEqual(column(alone, 'label'));
    for (const { label, score, scores } of rows as { label: number; score: number; scores: number[] }[]) {
      expect(score).toBe(Math.max(...scores));
      expect(scores[label / 10 - 1]).toBe(score);
    }
    world = newWorld();
    await expect(predict(unnamed, { classes: [10, 20, 30] })).rejects.toThrow(
      'names 3 classes, `p` has 4 scores a row',
    );
    world = newWorld();
    await expect(predict(unnamed, { classes: [40, 30, 20, 10] })).rejects.toThrow(/do not go with the label/);
  });
});

describe('a model whose answer for a row depends on the rows beside it', () => {
  it('is refused by the name of the output, with the line that settles it', async () => {
    await expect(predict('batch-mean')).rejects.toMatchObject({
      code: 'LS_ROWS_DEPEND',
      message: expect.stringMatching(/another `probs` when it ran among other rows/),
      remedy: expect.stringContaining('predict: { batchRows: N }'),
    });
  });

  it('is answered in batches of exactly so many rows, in their order, where the job says so', async () => {
    // The rows lie in record batches of 25, 25 and 10.
    const { groups_of_5: wanted } = expectedOf('batch-mean');
    expectClose(column(await predict('batch-mean', { batchRows: 5, all: true }), 'scores'), wanted);
  });

  it('is refused at the rows that do not fill a batch, unless the job says that they are padded', async () => {
    await expect(predict('batch-mean', { batchRows: 10 })).rejects.toMatchObject({
      code: 'LS_BATCH_TAIL',
      message: expect.stringMatching(/expected 10 rows a call.*would have 5/),
    });
    world = newWorld();
    const { groups_of_10_padded: wanted } = expectedOf('batch-mean');
    expectClose(column(await predict('batch-mean', { batchRows: 10, tail: 'pad', all: true }), 'scores'), wanted);
  });
});

describe('a model of a fixed batch size', () => {
  const fixed = (rows: number, op: 'Softmax' | 'normalised' = 'Softmax') =>
    encodeModel({
      inputs: [{ name: 'x', dims: [rows, 4] }],
      outputs: [{ name: 'p', dims: [rows, 4] }],
      nodes:
        op === 'Softmax'
          ? [{ op, inputs: ['x'], outputs: ['p'] }]
          : [
              { op: 'ReduceMean', inputs: ['x'], outputs: ['m'], attributes: { axes: [0] } },
              { op: 'Sub', inputs: ['x', 'm'], outputs: ['d'] },
              { op: 'Softmax', inputs: ['d'], outputs: ['p'] },
            ],
    });

  it.each([1, 7, 64, 100])('of %i gives what it gives for any number of rows', async (rows) => {
    const free = encodeModel({
      inputs: [{ name: 'x', dims: ['N', 4] }],
      outputs: [{ name: 'p', dims: ['N', 4] }],
      nodes: [{ op: 'Softmax', inputs: ['x'], outputs: ['p'] }],
    });
    const wanted = await predict(free, { all: true });
    world = newWorld();
    const got = await predict(fixed(rows), { all: true });
    expect(got).toHaveLength(60);
    expectClose(column(got, 'scores'), column(wanted, 'scores'));
    expect(column(got, 'label')).toEqual(column(wanted, 'label'));
  });

  it('is refused where what fills a batch would change its rows', async () => {
    await expect(predict(fixed(7, 'normalised'))).rejects.toMatchObject({ code: 'LS_ROWS_DEPEND' });
  });
});

describe('a model with one value a row', () => {
  it.each(['linear-regression', 'xgboost-regressor', 'sigmoid'])('gives that value: %s', async (model) => {
    const rows = await predict(model);
    expectClose(column(rows, 'value'), expectedOf(model).values.flat());
    expect(Object.keys(rows[0] ?? {})).toEqual(['value']);
  });

  it.each(['linear-regression', 'sigmoid'])('has no arg max: %s', async (model) => {
    await expect(predict(model, { kernel: 'argmax' })).rejects.toMatchObject({
      code: 'LS_OUTPUTS_UNCLEAR',
      message: expect.stringMatching(/two scores or more.*write `predict: \{ outputs: \{ \w+: \w+ \} \}`/),
    });
  });
});

describe('a model with a vector a row', () => {
  it('is refused until the job says whether they are scores, and then gives what it says', async () => {
    await expect(predict('embedding')).rejects.toThrow(
      /may be class scores or a vector.*write `predict: \{ kernel: argmax \}` or write `predict: \{ outputs: \{ vector: embedding \} \}`/,
    );
    world = newWorld();
    const vectors = expectedOf('embedding').values as number[][];
    expectClose(column(await predict('embedding', { outputs: { vector: 'embedding' } }), 'vector'), vectors);
    world = newWorld();
    const labels = vectors.map((row) => row.indexOf(Math.max(...row)));
    expect(column(await predict('embedding', { kernel: 'argmax' }), 'label')).toEqual(labels);
    world = newWorld();
    const letters = [...'abcdef'];
    const named = await predict('embedding', { classes: letters });
    expect(column(named, 'label')).toEqual(labels.map((label) => letters[label]));
  });
});

describe('a model with many outputs', () => {
  it('passes on each that the job names, with its type and shape', async () => {
    const { half, double, whole, positive, grid, name } = expectedOf('many-outputs');
    const outputs = {
      half: 'half',
      double: 'double',
      whole: 'whole',
      positive: 'positive',
      grid: 'grid',
      name: 'name',
    };
    const rows = await predict('many-outputs', { outputs });
    for (const [field, wanted] of Object.entries({ half, whole, positive, grid, name })) {
      expectClose(column(rows, field), wanted);
    }
    expectClose(column(rows, 'double'), double);
  });

  it('is refused where the job names none, with all of them as they are', async () => {
    await expect(predict('many-outputs')).rejects.toThrow(/several outputs .*could be class scores.*outputs: \{/);
  });

  it('is refused where a field would have the name of another', async () => {
    await expect(predict('logistic-tens', { kernel: 'argmax', outputs: { score: 'probabilities' } })).rejects.toThrow(
      '`predict.outputs.score` has the name of a field that label and scores take; write `predict: { outputs: { score_2: probabilities } }`',
    );
  });

  it('is refused where softmax would be applied to shares', async () => {
    await expect(predict('logistic-tens', { softmax: true })).rejects.toThrow(
      'the rows of `probabilities` are shares already, `predict.softmax` would flatten them; leave it out',
    );
  });

  it('names what there is where an output is not there', async () => {
    await expect(predict('embedding', { outputs: { x: 'emb' } })).rejects.toThrow(
      '`predict.outputs.x` names `emb`, the model has `embedding: float32[N,6]`',
    );
  });
});
