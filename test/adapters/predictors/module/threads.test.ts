/** What partitions that come one after the other see of each other: the loaded module, and nothing of its passes. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordBatch } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';

import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import type { ModulePrediction } from '#core/inference/plan.ts';
import type { PredictionField } from '#core/inference/prediction.ts';
import { batchOf } from '../../../formats/arrow/files.ts';

const URI = 's3://data/predict.mjs';
const THREAD: PredictionField = { name: 'value', type: 'int32', nullable: false };

let folder: string;
let predictors: ReturnType<typeof predictorsOf>;
let objects: ReturnType<typeof memoryObjects>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-threads-'));
  objects = memoryObjects();
  predictors = predictorsOf(modelFiles(objects, folder));
});
afterEach(async () => {
  await predictors.close();
  rmSync(folder, { recursive: true, force: true });
});

async function moduleOf(source: string): Promise<ModulePrediction> {
  const bytes = Buffer.from(`import { threadId } from 'node:worker_threads';\n${source}`);
  await objects.put(URI, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const model = { uri: URI, sha256, sizeBytes: bytes.length };
  return { kind: 'module', model, columns: ['id'], timeoutS: 10, fields: [THREAD] };
}

async function* batches(...all: readonly RecordBatch[]) {
  yield* all;
}

const watch = {
  timeAsync: <T>(_: unknown, work: () => Promise<T>) => work(),
  time: <T>(_: unknown, work: () => T) => work(),
};

/** The values that one partition is predicted to have. */
async function partition(module: ModulePrediction, ...rows: readonly RecordBatch[]): Promise<readonly number[]> {
  const predictor = await predictors.open(module, { processors: 1, sizeBytes: 0 });
  const values: number[] = [];
  for await (const batch of predictor.predict(batches(...rows), watch as never)) {
    values.push(...((batch.getChildAt(0)?.toArray() ?? []) as Int32Array));
  }
  return values;
}

describe('partitions of one module', () => {
  it('have one thread where they come one after the other, and it ends with the predictors', {
    timeout: 30_000,
  }, async () => {
    const module = await moduleOf('export default (b) => new Int32Array(b.numRows).fill(threadId);');
    // Node starts the threads that read its files when the first is read.
    await partition(module, batchOf(0, 1));
    await predictors.close();
    const before = threads();
    const seen = new Set<number>();
    for (let i = 0; i < 200; i++) for (const id of await partition(module, batchOf(i, 2))) seen.add(id);
    expect(seen.size).toBe(1);
    expect(threads()).toBe(before + 1);
    await predictors.close();
    expect(threads()).toBe(before);
  });

  it('each see their own rows, also where the module reads on when it has returned', async () => {
    const module = await moduleOf(`
      const ids = (batch) => Int32Array.from(batch.getChild('id').toArray());
      let stale;
      export async function* predict(batches) {
        const rows = batches[Symbol.asyncIterator]();
        const taken = (await rows.next()).value;
        stale = rows.next();
        yield ids(taken);
      }`);
    expect(await partition(module, batchOf(0, 2))).toEqual([0, 1]);
    expect(await partition(module, batchOf(10, 3))).toEqual([10, 11, 12]);
    expect(await partition(module, batchOf(20, 1), batchOf(30, 1))).toEqual([20]);
    expect(await partition(module, batchOf(40, 2))).toEqual([40, 41]);
  });

  it('do not see what a generator before them left unread', async () => {
    const module = await moduleOf(`
      let passes = 0;
      export async function* predict(batches) {
        passes++;
        for await (const batch of batches) {
          yield Int32Array.from(batch.getChild('id').toArray(), (id) => id + 1000 * passes);
          if (passes === 1) return;
        }
      }`);
    expect(await partition(module, batchOf(0, 2), batchOf(2, 2), batchOf(4, 2))).toEqual([1000, 1001]);
    expect(await partition(module, batchOf(6, 1), batchOf(7, 1))).toEqual([2006, 2007]);
  });

  it('have the same thread after one threw, and another after one ended it', async () => {
    const module = await moduleOf(`
      export default (b) => {
        if (b.numRows === 3) throw new Error('three');
        if (b.numRows === 4) process.exit(4);
        return new Int32Array(b.numRows).fill(threadId);
      };`);
    const [first] = await partition(module, batchOf(0, 1));
    await expect(partition(module, batchOf(0, 3))).rejects.toThrow(/rows 0 to 2: the module threw Error: three/);
    expect(await partition(module, batchOf(0, 1))).toEqual([first]);
    await expect(partition(module, batchOf(0, 4))).rejects.toMatchObject({ code: 'LS_PREDICTOR_DIED' });
    const [second] = await partition(module, batchOf(0, 1));
    expect(second).not.toBe(first);
  });

  it('have another thread after one whose reader stopped', async () => {
    const module = await moduleOf('export default (b) => new Int32Array(b.numRows).fill(threadId);');
    const [first] = await partition(module, batchOf(0, 1));
    const predictor = await predictors.open(module, { processors: 1, sizeBytes: 0 });
    for await (const _ of predictor.predict(batches(batchOf(0, 1), batchOf(1, 1)), watch as never)) break;
    const [second] = await partition(module, batchOf(0, 1));
    expect(second).not.toBe(first);
  });

  it('have another thread after two that ended when they had nothing to do', async () => {
    const module = await moduleOf(`
      export default (b) => {
        if (b.numRows === 2) setTimeout(() => process.exit(1), 50);
        return new Int32Array(b.numRows).fill(threadId);
      };`);
    const both = await Promise.all([partition(module, batchOf(0, 2)), partition(module, batchOf(0, 2))]);
    await new Promise((done) => setTimeout(done, 600));
    const [next] = await partition(module, batchOf(0, 1));
    expect(new Set([...both.flat(), next]).size).toBe(3);
  });

  it('have a thread each where they run at the same time', async () => {
    const module = await moduleOf('export default (b) => new Int32Array(b.numRows).fill(threadId);');
    const both = await Promise.all([partition(module, batchOf(0, 1)), partition(module, batchOf(5, 1))]);
    expect(new Set(both.flat()).size).toBe(2);
  });
});

/** Threads of this process; those of Node itself are there from the start. */
const threads = (): number => readdirSync('/proc/self/task').length;
