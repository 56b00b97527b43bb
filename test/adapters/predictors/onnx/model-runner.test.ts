import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { KernelOptions } from '#adapters/predictors/onnx/kernel.ts';
import { openModelRunner } from '#adapters/predictors/onnx/model-runner.ts';
import { type ModelFile, Sessions } from '#adapters/predictors/onnx/session.ts';
import { argmax } from '#core/inference/argmax.ts';
import { encodeModel } from '#formats/onnx/model-writer.ts';

const sessions = new Sessions();
const folder = mkdtempSync(join(tmpdir(), 'lockstep-predictor-'));
afterAll(async () => {
  await sessions.close();
  rmSync(folder, { recursive: true });
});

function modelFile(name: string, bytes: Uint8Array): ModelFile {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return { path, uri: `s3://models/${name}`, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** scores = [x, -x, 1]; log(x) where `op` is Log, to get NaN out of negative numbers. */
const model = (op: 'Identity' | 'Log' = 'Identity') =>
  modelFile(
    `${op}.onnx`,
    encodeModel({
      inputs: [{ name: 'x', dims: ['N', 1] }],
      outputs: [{ name: 'scores', dims: ['N', 3] }],
      constants: [
        { name: 'w', dims: [1, 3], data: Float32Array.of(1, -1, 0) },
        { name: 'b', dims: [3], data: Float32Array.of(0, 0, 1) },
      ],
      nodes: [
        { op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['z'] },
        { op, inputs: ['z'], outputs: ['scores'] },
      ],
    }),
  );

const options = (file: ModelFile, changes: Partial<KernelOptions> = {}): KernelOptions => ({
  model: file,
  bindings: [{ input: 'x', element: 'float32', dims: [1] }],
  outputs: {
    scores: { output: 'scores', type: 'float32', width: 3, softmax: false, top: 0, all: false },
    values: [],
  },
  microBatchRows: 256,
  threads: 1,
  ...changes,
});
const rows = (...x: number[]) => ({ count: x.length, inputs: [Float32Array.from(x)] });

describe.each([
  ['this thread', 0],
  ['two other threads', 2],
])('a model in %s', (_where, workers) => {
  it('predicts batches that are longer than a micro-batch, many at once', async () => {
    const runner = await openModelRunner(sessions, options(model()), workers);
    const batches = Array.from({ length: 7 }, (_, b) => Array.from({ length: 100 * b }, (_, i) => (i % 7) - 3));
    const results = await Promise.all(batches.map((x) => runner.run(rows(...x))));
    results.forEach(([labels, scores], b) => {
      const x = batches[b] as number[];
      expect([...(labels as Int32Array)]).toEqual(
        x.map((value) => (Math.abs(value) <= 1 ? (value === 1 ? 0 : value === -1 ? 1 : 2) : value > 0 ? 0 : 1)),
      );
      expect([...(scores as Float32Array)]).toEqual(x.map((value) => Math.max(1, Math.abs(value))));
    });
    await runner.close();
  });

  it('is given texts beside numbers', async () => {
    const people = modelFile('churn.onnx', readFileSync('test/fixtures/people/churn.onnx'));
    const inputs = [
      ...['city', 'plan'].map((input) => ({ input, element: 'string' as const, dims: [1] })),
      ...['age', 'visits'].map((input) => ({ input, element: 'float32' as const, dims: [1] })),
    ];
    const label = { output: 'label', type: 'utf8' } as const;
    const runner = await openModelRunner(
      sessions,
      options(people, { bindings: inputs, outputs: { label, values: [] } }),
      workers,
    );
    const [cities, plans] = [
      Array(600).fill('Wien'),
      Array.from({ length: 600 }, (_, i) => (i < 300 ? 'free' : 'pro')),
    ];
    const [ages, visits] = [new Float32Array(600).fill(40), new Float32Array(600).fill(20)];
    const [labels] = await runner.run({ count: 600, inputs: [cities, plans, ages, visits] });
    expect(labels).toEqual(Array.from({ length: 600 }, (_, i) => (i < 300 ? 'leaves' : 'stays')));
    await runner.close();
  });

  it('refuses a score that is not a number, says in which row, and goes on', async () => {
    const runner = await openModelRunner(sessions, options(model('Log')), workers);
    await expect(
      runner.run(rows(...Array.from({ length: 300 }, (_, i) => (i === 299 ? -1 : Number.NaN)))),
    ).rejects.toMatchObject({
      code: 'LS_NOT_FINITE',
    });
    await expect(runner.run(rows(0.5))).rejects.toThrow(/scores \[-0.69.*NaN, 0\].*\(row 0 of a record batch\)/);
    await runner.close();
  });

  it('refuses a file that is not an ONNX model', async () => {
    const page = modelFile('page.onnx', new TextEncoder().encode('<html>not found</html>'));
    await expect(openModelRunner(sessions, options(page), workers)).rejects.toMatchObject({
      code: 'LS_MODEL_UNREADABLE',
      message: expect.stringMatching(/page.onnx: expected an ONNX model, got: \w+/),
    });
  });

  it('says what the model says where the rows do not fit it', async () => {
    const wide = options(model(), { bindings: [{ input: 'x', element: 'float32', dims: [2] }] });
    const runner = await openModelRunner(sessions, wide, workers);
    await expect(runner.run({ count: 1, inputs: [Float32Array.of(1, 2)] })).rejects.toMatchObject({
      code: 'LS_PREDICTION_FAILED',
      message: expect.stringMatching(/invalid dimensions for input: x/),
    });
    await runner.close();
  });
});

describe('argmax', () => {
  const scores = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -50, max: 50 }), {
    minLength: 4,
    maxLength: 4,
  });

  it('finds the label and the softmax that the obvious twin finds', () => {
    fc.assert(
      fc.property(fc.array(scores, { minLength: 1, maxLength: 20 }), (all) => {
        const out = { labels: new Int32Array(all.length), scores: new Float32Array(all.length) };
        const values = Float32Array.from(all.flat());
        argmax(values, 4, { ...out, at: 0, softmax: true });
        all.forEach((row, i) => {
          const shares = row.map((value) => Math.exp(value) / row.reduce((sum, each) => sum + Math.exp(each), 0));
          expect(out.labels[i]).toBe(row.indexOf(Math.max(...row)));
          expect(out.scores[i]).toBeCloseTo(Math.max(...shares), 5);
        });
      }),
    );
  });

  it('takes the first of equal scores, and minus infinity for what it is', () => {
    const out = { labels: new Int32Array(2), scores: new Float32Array(2) };
    argmax(Float32Array.of(2, 2, Number.NEGATIVE_INFINITY, 1), 2, { ...out, at: 0, softmax: false });
    expect([...out.labels]).toEqual([0, 1]);
    expect([...out.scores]).toEqual([2, 1]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %s wherever it stands', (bad) => {
    for (let at = 0; at < 3; at++) {
      const values = Float32Array.of(1, 2, 3);
      values[at] = bad;
      const out = { labels: new Int32Array(1), scores: new Float32Array(1), at: 0, softmax: false };
      expect(() => argmax(values, 3, out)).toThrow(/expected finite numbers/);
    }
  });
});
