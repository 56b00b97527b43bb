/**
 * A model over texts and numbers, as scikit-learn exports it, over rows that several writers wrote, against what scikit-learn
 * predicts itself (test/fixtures/people/make_people.py).
 */
import { readFileSync } from 'node:fs';
import { Int64, Table, TimestampSecond, Utf8, vectorFromArray } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InferenceState } from '#core/inference/state.ts';
import type { InferJob, NullRule } from '#core/job/job.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { commitInference } from '../../../functions/commit-inference.ts';
import { inferOne } from '../../../functions/infer-partition.ts';
import { planInference } from '../../../functions/plan-inference.ts';
import { fileBytes } from '../../formats/arrow/files.ts';
import { MODEL_URI, newJob, newWorld, unhurried } from './world.ts';

const FIXTURES = 'test/fixtures/people';
const EXPECTED: { labels: string[]; scores: number[]; null: number[] } = JSON.parse(
  readFileSync(`${FIXTURES}/expected.json`, 'utf8'),
);
const AS_TRAINED: NullRule = { age: 'nan', city: { value: 'nowhere' } };

let world: ReturnType<typeof newWorld>;
beforeEach(async () => {
  world = newWorld();
  await world.objects.put(MODEL_URI, readFileSync(`${FIXTURES}/churn.onnx`));
});
afterEach(() => world.close());

interface Row {
  readonly id: number;
  readonly age: number | null;
  readonly label: string;
  readonly score: number;
}

async function predict(changes: Partial<InferJob>, each = (_row: { city: string | null }) => {}): Promise<Row[]> {
  const predict = { kind: 'onnx', softmax: false, as: 'prediction' } as const;
  const job = newJob({ predict, nulls: AS_TRAINED, ...changes });
  const planned = (await planInference(await world.started('r', job), world.ports)) as InferenceState;
  for (const task of await world.items('r')) await inferOne(world.ports, task, unhurried);
  const { manifestUri } = await commitInference(planned, world.ports);
  const rows: Row[] = [];
  for await (const batch of (await readCommitted(world, manifestUri as string)).batches()) {
    for (const row of batch) {
      each(row as never);
      rows.push({ id: Number(row.id), age: row.age, ...row.prediction.toJSON() });
    }
  }
  return rows;
}

function expectPredicted(rows: readonly Row[]): void {
  expect(rows.map(({ id }) => id)).toEqual(EXPECTED.labels.map((_, id) => id));
  expect(rows.map(({ label }) => label)).toEqual(EXPECTED.labels);
  for (const [i, { score }] of rows.entries()) expect(score).toBeCloseTo(EXPECTED.scores[i] as number, 5);
}

const input = (name: string) => world.input(name, readFileSync(`${FIXTURES}/${name}`));

describe('texts beside numbers', () => {
  it.each([
    'pyarrow-string.arrow',
    'pyarrow-large.arrow',
    'pyarrow-view.arrow',
    'pyarrow-dictionary.arrow',
    'pyarrow-large-dictionary.arrow',
    'pandas.parquet',
    'pandas-categories.parquet',
    'polars.arrow',
    'polars.parquet',
  ])('are predicted as scikit-learn does, and kept as they were: %s', async (name) => {
    await input(name);
    const rows = await predict({});
    expectPredicted(rows);
    const isFilled = ({ age }: Row) => age !== null && !Number.isNaN(age);
    expect(rows.filter((row) => !isFilled(row)).map(({ id }) => id)).toEqual(EXPECTED.null);
  });

  const FORMS = ['string', 'large', 'view', 'dictionary', 'large-dictionary'].map((form) => `pyarrow-${form}.arrow`);

  it.each([
    ['one partition', 2 ** 20],
    ['a partition for each record batch', 1],
  ])(
    'are one column where each object has another form of them, and kept as plain text: %s',
    async (_what, partitionBytes) => {
      const files = [...FORMS, 'pandas.parquet', 'polars.arrow'];
      for (const [i, name] of files.entries()) await world.input(`${i}-${name}`, readFileSync(`${FIXTURES}/${name}`));
      const limits = { ...newJob().limits, partitionBytes };
      const texts: (string | null)[] = [];
      await predict({ limits, output: { keep: ['city', 'id', 'plan'] } }, (row) => texts.push(row.city));
      const single: (string | null)[] = [];
      world = newWorld();
      await world.objects.put(MODEL_URI, readFileSync(`${FIXTURES}/churn.onnx`));
      await input('pyarrow-string.arrow');
      await predict({}, (row) => single.push(row.city));
      expect(texts).toEqual(files.flatMap(() => single));
      expect(single.filter((city) => city === null).length).toBeGreaterThan(3);
    },
  );

  it('are filled up with the last row where a call has an exact number of rows', async () => {
    await input('pyarrow-dictionary.arrow');
    const predict_ = { kind: 'onnx', softmax: false, as: 'prediction', batchRows: 7, tail: 'pad' } as const;
    expectPredicted(await predict({ predict: predict_ }));
  });
});

describe('nulls', () => {
  it.each([
    [undefined, 'city', 5],
    [{ '*': 'nan' }, 'city', 5],
    [{ city: { value: 'nowhere' } }, 'age', 3],
  ] as const)('stop the run where the job says nothing of their column: %j', async (nulls, column, row) => {
    await input('pandas.parquet');
    await expect(predict({ ...(nulls ? { nulls } : { nulls: {} }) })).rejects.toMatchObject({
      code: 'LS_NULL_INPUT',
      message: expect.stringContaining(`the column \`${column}\` has no value in row ${row} of a record batch`),
    });
  });

  it.each([
    [{ agee: 'nan' }, '`nulls` names `agee`, the model reads `city`, `plan`, `age`, `visits`; did you mean age?'],
    [{ city: 'nan' }, '`nulls` says nan for `city`, which the input `city` of string cannot have'],
    [{ age: { value: 'old' } }, '`nulls` says "old" for `age`, which the input `age` of float32 cannot have'],
    [{ city: { value: 0 } }, '`nulls` says 0 for `city`, which the input `city` of string cannot have'],
    [{ age: { value: 1e39 } }, '`nulls` says 1e+39 for `age`, which the input `age` of float32 cannot have'],
  ] as const)('are refused when the run is planned where no such value can be: %j', async (nulls, message) => {
    await input('pandas.parquet');
    await expect(predict({ nulls: nulls as unknown as NullRule })).rejects.toMatchObject({
      code: 'LS_MODEL_MISMATCH',
      message,
    });
  });
});

describe('what no text can be made of', () => {
  it.each([
    [vectorFromArray([1n, 2n], new Int64()), '`city` has numbers, the input takes texts'],
    [
      vectorFromArray([1000, 2000], new TimestampSecond()),
      /`city` has times, which no model takes; make a column of what/,
    ],
  ])('is refused by name, with what would do', async (city, message) => {
    const words = vectorFromArray(['free', 'pro'], new Utf8());
    const ages = vectorFromArray([1, 2]);
    await world.input('a.arrow', await fileBytes(new Table({ city, plan: words, age: ages, visits: ages }).batches));
    await expect(predict({ nulls: {} })).rejects.toMatchObject({
      code: 'LS_MODEL_MISMATCH',
      message: expect.stringMatching(message),
    });
  });

  it('is so the other way round: a text is no number', async () => {
    const words = vectorFromArray(['free', 'pro'], new Utf8());
    await world.input(
      'a.arrow',
      await fileBytes(new Table({ city: words, plan: words, age: words, visits: words }).batches),
    );
    await expect(predict({ nulls: {} })).rejects.toMatchObject({
      code: 'LS_MODEL_MISMATCH',
      message: expect.stringContaining('`age` has texts, the input takes numbers'),
    });
  });
});
