/** Bad rows neither fail a run nor vanish, as the job says; the real kernel predicts the others. */
import { tableFromIPC } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manifestProblem } from '#core/inference/verify.ts';
import { rowPolicy } from '#formats/job/row-policy.ts';
import type { InferDocument } from '#formats/job/schema.ts';
import { fileBytes } from '../../formats/arrow/files.ts';
import { lookup, NAN, OUTSIDE, rowsOf, runJob } from './failing-rows.ts';
import { MODEL_URI, newJob, newWorld } from './world.ts';

let world: ReturnType<typeof newWorld>;
beforeEach(async () => {
  world = newWorld();
  await world.objects.put(MODEL_URI, lookup());
});
afterEach(() => world.close());

/** Good rows but at ids 70, 71, 120 and 199. */
const KS = Array.from({ length: 200 }, (_, id) => {
  if (id === 70) return null;
  if (id === 71) return NAN;
  return id === 120 || id === 199 ? OUTSIDE : id % 9;
});
const BAD = [70, 71, 120, 199];

const jobOf = (onError: InferDocument['onError'], changes = {}) =>
  newJob({
    columns: { k: 'k' },
    predict: { kind: 'onnx', softmax: false, as: 'prediction', outputs: { tenfold: 'tenfold' } },
    onError: rowPolicy(onError),
    ...changes,
  });

const input = async () => {
  await world.input('a.arrow', await fileBytes([rowsOf(KS.slice(0, 100)), rowsOf(KS.slice(100, 150), 100)]));
  await world.input('b.arrow', await fileBytes([rowsOf(KS.slice(150), 150)]));
};

const good = KS.flatMap((k, id) =>
  BAD.includes(id) ? [] : [{ id, word: id % 4 === 0 ? null : `word ${id}`, k, prediction: { tenfold: 10 * (k ?? 0) } }],
);

async function deadRows(uris: readonly string[]) {
  const rows = [];
  for (const uri of uris) {
    for (const row of tableFromIPC((await world.objects.get(uri)).bytes)) {
      const { lockstep_error: why, ...rest } = row?.toJSON() ?? {};
      rows.push({ ...rest, why: why.toJSON() });
    }
  }
  return rows;
}

describe('rows that cannot be predicted', () => {
  it('are set aside by default, whole and with the reason, and the others are predicted', async () => {
    await input();
    const { manifest, rows } = await runJob(world, jobOf(undefined, { output: { keep: ['id'] } }));
    expect(rows).toEqual(good.map(({ id, prediction }) => ({ id, prediction })));
    expect(manifest.failed).toMatchObject({
      dead: 4,
      nulled: 0,
      dropped: 0,
      byClass: { nullInput: 1, nonFinite: 1, model: 2 },
    });
    expect(manifestProblem(manifest)).toBeUndefined();
    const letters = manifest.failed?.partitions.flatMap(({ deadLetters }) => deadLetters) ?? [];
    const dead = (await deadRows(letters.map(({ uri }) => uri))).toSorted((a, b) => a.id - b.id);
    expect(dead).toMatchObject([
      {
        id: 70,
        word: 'word 70',
        k: null,
        why: { class: 'nullInput', code: 'LS_NULL_INPUT', object: 's3://data/in/a.arrow', block: 0n, row: 70n },
      },
      { id: 71, word: 'word 71', k: NAN, why: { class: 'nonFinite', block: 0n, row: 71n } },
      {
        id: 120,
        word: null,
        k: OUTSIDE,
        why: {
          class: 'model',
          block: 1n,
          row: 20n,
          message: expect.stringMatching(/out of data bounds/),
        },
      },
      { id: 199, word: 'word 199', why: { class: 'model', object: 's3://data/in/b.arrow', block: 0n, row: 49n } },
    ]);
    expect(dead.map(({ why }) => why.attempt)).not.toContain('');
  });

  it('are kept without a prediction, left out, or end the run, by their class', async () => {
    await input();
    const { manifest, rows } = await runJob(
      world,
      jobOf({ nullInput: null, nonFinite: 'drop', model: 'deadLetter', toleratedRowFraction: 1 }),
    );
    const expected = [...good, { id: 70, word: 'word 70', k: null, prediction: null }].toSorted((a, b) => a.id - b.id);
    expect(rows).toEqual(expected);
    expect(manifest.failed).toMatchObject({ dead: 2, nulled: 1, dropped: 1 });
    expect(manifestProblem(manifest)).toBeUndefined();
    await expect(runJob(world, jobOf({ nonFinite: 'fail', toleratedRowFraction: 1 }), 'r2')).rejects.toMatchObject({
      code: 'LS_NOT_FINITE',
      message: expect.stringMatching(/a\.arrow, record batch 0: /),
    });
  });

  it('fail the run where there are more than it tolerates, and then nothing is visible', async () => {
    await input();
    const run = runJob(world, jobOf({ toleratedRows: 3, toleratedRowFraction: 1 }));
    await expect(run).rejects.toMatchObject({
      code: 'LS_ROWS_FAILED',
      message: expect.stringMatching(/^4 of 200 rows/),
    });
    await expect(runJob(world, jobOf({ toleratedRowFraction: 0.01 }), 'r2')).rejects.toMatchObject({
      code: 'LS_ROWS_FAILED',
    });
    expect(await world.keys('runs/r1/_SUCCESS')).toEqual([]);
  });

  it('are set aside as a call where the job says how many rows a call has', async () => {
    await input();
    const { predict } = jobOf(undefined);
    const { manifest, rows } = await runJob(
      world,
      jobOf({ toleratedRowFraction: 1 }, { predict: { ...predict, batchRows: 25, tail: 'refuse' } }),
    );
    expect(rows.map(({ id }) => id)).toEqual(
      good.map(({ id }) => id).filter((id) => (id < 50 || id >= 75) && (id < 100 || id >= 125) && id < 175),
    );
    expect(manifest.failed).toMatchObject({ dead: 75, byClass: { nullInput: 25, model: 50 } });
    expect(manifestProblem(manifest)).toBeUndefined();
  });

  it('are an input like any other, without their reasons: nothing else is predicted, and what fails again is set aside again', async () => {
    await input();
    const letters = (await runJob(world, jobOf({ toleratedRowFraction: 1 }))).manifest.failed?.partitions ?? [];
    const places = letters.flatMap(({ deadLetters }) => deadLetters.map(({ uri }) => uri));
    const module =
      'export default (rows) => { if (rows.get(0).id === 120) throw new Error(Object.keys(rows.get(0))); return new Int32Array(rows.numRows); }';
    await world.objects.put('s3://data/fixed.mjs', Buffer.from(module));
    const again = newJob({
      model: 's3://data/fixed.mjs',
      input: places,
      predict: { kind: 'module', timeoutS: 60, as: 'again' },
      onError: rowPolicy({ toleratedRowFraction: 1 }),
    });
    const { manifest, rows } = await runJob(world, again, 'r2');
    expect(rows.toSorted((a, b) => Number(a.id) - Number(b.id))).toEqual([
      { id: 70, word: 'word 70', k: null, again: { value: 0 } },
      { id: 71, word: 'word 71', k: NAN, again: { value: 0 } },
      { id: 199, word: 'word 199', k: OUTSIDE, again: { value: 0 } },
    ]);
    const dead = await deadRows(
      manifest.failed?.partitions.flatMap((of) => of.deadLetters.map(({ uri }) => uri)) ?? [],
    );
    expect(dead).toMatchObject([
      {
        id: 120,
        word: null,
        k: OUTSIDE,
        why: { class: 'model', message: expect.stringContaining('Error: id,word,k') },
      },
    ]);
    expect(Object.keys(dead[0] ?? {})).toEqual(['id', 'word', 'k', 'why']);
  });

  it('do not keep a program from being planned where its first rows are among them', async () => {
    await input();
    const module =
      'export default (rows) => { if (rows.get(0).id === 0) throw new Error("no"); return new Int32Array(rows.numRows); }';
    await world.objects.put('s3://data/m.mjs', Buffer.from(module));
    const job = newJob({
      model: 's3://data/m.mjs',
      predict: { kind: 'module', timeoutS: 60, as: 'p' },
      onError: rowPolicy(undefined),
    });
    const { manifest } = await runJob(world, job);
    expect(manifest.failed).toMatchObject({ dead: 1, first: { row: 0 } });
    await expect(runJob(world, { ...job, onError: rowPolicy('fail') }, 'r2')).rejects.toMatchObject({
      code: 'LS_PREDICTION_FAILED',
    });
  });
});
