import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batchOf, fileBytes, SCHEMA } from '../../formats/arrow/files.ts';
import { planProgram, predictByProgram } from './program-runs.ts';
import { BUCKET, newJob, newWorld } from './world.ts';

const MODULE_URI = `s3://${BUCKET}/predict.mjs`;

let world: ReturnType<typeof newWorld>;

beforeEach(async () => {
  world = newWorld();
  await world.input('a.arrow', await fileBytes([batchOf(0, 5), batchOf(5, 3), batchOf(8, 100)]));
});
afterEach(() => world.close());

const job = (timeoutS = 20) =>
  newJob({
    ...{ model: MODULE_URI, limits: { ...newJob().limits, partitionBytes: 1024 ** 2 } },
    predict: { kind: 'module', as: 'prediction', timeoutS },
  });

const plan = (source: string, timeoutS?: number) => planProgram(world, job(timeoutS), source);
const predict = (source: string, timeoutS?: number) => predictByProgram(world, job(timeoutS), source);

const FIRST = 'const first = (batch) => Array.from(batch.getChild("id"), Number);';

describe('a module that predicts', () => {
  it('is a function of one batch, which is given what load returned', async () => {
    const { rows, text } = await predict(`${FIRST}
      let loads = 0;
      export const load = async () => ({ add: 100, loads: ++loads });
      export const predict = (batch, { add, loads }) => ({
        label: first(batch).map((id) => 'row ' + id),
        score: Float32Array.from(first(batch), (id) => id / 2 + add),
        loads: new Int32Array(batch.numRows).fill(loads),
      });`);
    expect(text).toBe('label: utf8 or null, score: float32, loads: int32');
    expect(rows).toHaveLength(108);
    expect(
      rows.every(({ id, label, score, loads }) => {
        return label === `row ${id}` && score === Number(id) / 2 + 100 && loads === 1;
      }),
    ).toBe(true);
  });

  it('is a generator over all batches, which may cut what it gives as it likes', async () => {
    const { rows } = await predict(`${FIRST}
      export async function* predict(batches) {
        let held = [];
        for await (const batch of batches) {
          held.push(...first(batch));
          while (held.length >= 7) yield held.splice(0, 7).map((id) => ({ id2: BigInt(id), odd: id % 2 === 1 }));
        }
        if (held.length > 0) yield held.map((id) => ({ id2: BigInt(id), odd: id % 2 === 1 }));
      }`);
    expect(rows).toHaveLength(108);
    expect(rows.every(({ id, id2, odd }) => BigInt(Number(id)) === id2 && odd === (Number(id) % 2 === 1))).toBe(true);
  });

  it('may give nulls and lists of equal length', async () => {
    const { rows, text } = await predict(`${FIRST}
      export default (batch) => ({
        half: first(batch).map((id) => (id % 2 === 0 ? id / 2 : null)),
        word: first(batch).map((id) => (id % 3 === 0 ? null : String(id))),
        pair: first(batch).map((id) => [id, -id]),
      });`);
    expect(text).toBe('half: float64 or null, word: utf8 or null, pair: float64[2]');
    for (const { id, half, word, pair } of rows) {
      const n = Number(id);
      expect([half, word, [...(pair as Iterable<number>)]]).toEqual([
        n % 2 === 0 ? n / 2 : null,
        n % 3 === 0 ? null : String(n),
        [n, -n],
      ]);
    }
  });

  it('puts fields in the order of the plan, and takes nulls where it said that there may be some', async () => {
    const { rows } = await predict(`${FIRST}
      export default (b) => b.numRows > 64
        ? { word: first(b).map(() => null), n: first(b).map((id) => (id === 50 ? null : id)) }
        : { n: first(b), word: first(b).map(String) };`);
    expect(
      rows.every(({ id, n, word }) => n === (id === 50 ? null : id) && word === (Number(id) > 7 ? null : `${id}`)),
    ).toBe(true);
  });

  it.each([
    [
      'fewer rows',
      'async function* predict(b) { for await (const x of b) yield new Int32Array(x.numRows > 8 ? 99 : x.numRows); }',
      /no predictions for the last 1 rows/,
    ],
    [
      'more rows',
      '(b) => new Int32Array(b.numRows > 64 ? b.numRows + 1 : b.numRows)',
      /returned 101 rows for a batch of 100/,
    ],
    [
      'other fields',
      '(b) => (b.numRows > 64 ? { y: new Int32Array(100) } : { x: new Int32Array(b.numRows) })',
      /returned `y: int32`, the plan of this run has `x: int32`/,
    ],
    [
      'another type',
      '(b) => ({ x: b.numRows > 64 ? new Float64Array(100) : new Int32Array(b.numRows) })',
      /returned `x: float64`, the plan of this run has `x: int32`/,
    ],
    [
      'a null among values that could have none',
      '(b) => ({ x: b.numRows > 64 ? Array(100).fill(null).fill(1, 1) : new Float64Array(b.numRows) })',
      /returned `x: float64 or null`, the plan of this run has `x: float64`/,
    ],
    [
      'nothing but nulls where there could be none',
      '(b) => ({ x: b.numRows > 64 ? Array(100).fill(null) : new Float64Array(b.numRows) })',
      /nothing but nulls as `x`, .*; return a typed array, such as a Float64Array of NaN, or a value/,
    ],
    [
      'one field more',
      '(b) => ({ x: new Int32Array(b.numRows), ...(b.numRows > 64 && { y: new Int32Array(100) }) })',
      /returned `x: int32`, `y: int32`, the plan of this run has `x: int32`$/,
    ],
    [
      'an error',
      '(b) => { if (b.numRows > 64) throw new TypeError("too many"); return new Int32Array(b.numRows); }',
      /record batch 2: rows 0 to 99: the module threw TypeError: too many/,
    ],
    [
      'the end of its thread',
      '(b) => (b.numRows > 64 ? process.exit(3) : new Int32Array(b.numRows))',
      /rows 0 to 99: it ended its thread, with exit code 3/,
    ],
  ])('is refused where it gives %s later', async (_name, source, message) => {
    const exported = source.startsWith('async') ? `export ${source}` : `export default ${source}`;
    await expect(predict(exported)).rejects.toMatchObject({
      code: expect.stringMatching(/^LS_PREDICT(ION_FAILED|ION_MISCOUNTED|OR_DIED)$/),
      message: expect.stringMatching(message),
    });
  });

  it('is ended where it never ends, and named with its rows', async () => {
    const source = 'export default (b) => { for (; b.numRows > 64; ); return new Int32Array(b.numRows); };';
    await expect(predict(source, 5)).rejects.toMatchObject({
      code: 'LS_PREDICTION_TIMEOUT',
      message: expect.stringMatching(/record batch 2: rows 0 to 99: it gave nothing for 5 s/),
    });
  });

  it.each([
    ['without a function', 'export const predic = 1;', /exports a function `predict`, got predic/],
    [
      'with an error of its own',
      'export const load = () => { throw new Error("no weights"); }; export default () => {};',
      /Error: no weights/,
    ],
    ['that is no JavaScript', 'this is no module', /SyntaxError/],
  ])('is refused when a run is planned: one %s', async (_name, source, message) => {
    await expect(plan(source)).rejects.toMatchObject({
      code: 'LS_MODEL_UNREADABLE',
      message: expect.stringMatching(message),
    });
  });

  it('is refused when a run is planned where no input has rows', async () => {
    await world.input('a.arrow', await fileBytes([], SCHEMA));
    await expect(plan('export default (b) => new Int32Array(b.numRows);')).rejects.toMatchObject({
      code: 'LS_DATA_EMPTY',
      message: expect.stringContaining('and the input has none'),
      remedy: 'Add an object that has rows to `input`.',
    });
  });

  it.each([
    ['nothing', '() => undefined', /returned nothing, expected columns/],
    ['columns of two lengths', '() => ({ a: [1, 2], b: [1] })', /2 values of `a` and 1 of `b`/],
    ['lists of two lengths', '(b) => first(b).map((id) => Array(id % 2).fill(0))', /lists of 0 and of 1/],
    ['values of two types', '(b) => first(b).map((id) => (id % 2 ? 1 : "one"))', /values of the types string, number/],
    [
      'nothing but nulls',
      '(b) => first(b).map((id) => (id > 90 ? id : null))',
      /nulls as `value`, .*; return a typed array/,
    ],
    ['another number of rows', '() => [1]', /returned 1 rows for a batch of 5/],
  ])('is refused when a run is planned where it returns %s', async (_name, source, message) => {
    await expect(plan(`${FIRST} export default ${source};`)).rejects.toMatchObject({
      code: expect.stringMatching(/^LS_PREDICT(ION_FAILED|ION_MISCOUNTED|OR_DIED)$/),
      message: expect.stringMatching(message),
    });
  });
});
