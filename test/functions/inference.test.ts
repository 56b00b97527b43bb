import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Field, FixedSizeList, Float32, Table, vectorFromArray } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import type { SentJob } from '#core/inference/sent-job.ts';
import type { InferenceState } from '#core/inference/state.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { commitInference } from '../../functions/commit-inference.ts';
import { inferOne } from '../../functions/infer-partition.ts';
import { planInference } from '../../functions/plan-inference.ts';
import {
  BUCKET,
  expected,
  INPUT_URI,
  MODEL_URI,
  newJob,
  newWorld,
  toyModel,
  unhurried,
} from '../flows/inference/world.ts';
import { batchesOf, fileBytes, streamBytes, WIDTH } from '../formats/arrow/files.ts';

let world: ReturnType<typeof newWorld>;

beforeEach(async () => {
  world = newWorld();
  await world.objects.put(MODEL_URI, toyModel());
});
afterEach(() => world.close());

const plan = async (runId = 'r1', job = newJob()) =>
  (await planInference(await world.started(runId, job), world.ports)) as InferenceState;

const inferAll = async (runId = 'r1') => {
  for (const task of await world.items(runId)) await inferOne(world.ports, task, unhurried);
};

/** The rows of a committed run, as plain objects. */
async function rowsOf(state: InferenceState) {
  const committed = await readCommitted(world, state.manifestUri as string);
  const rows: Record<string, unknown>[] = [];
  for await (const batch of committed.batches()) {
    for (const row of batch) rows.push({ ...row?.toJSON(), prediction: row?.prediction.toJSON() });
  }
  return rows;
}

describe('the inference workflow', () => {
  it('predicts every row of every object, in the order of the input, beside the columns that are kept', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(3, 2, 4)));
    await world.input('b.arrow', await streamBytes(batchesOf(2, 5)));
    const planned = await plan();
    expect(planned.partitions).toBeGreaterThan(2);
    expect(planned.maxConcurrency).toBe(16);
    await inferAll();
    const committed = await commitInference(planned, world.ports);
    expect(committed).toMatchObject({ rows: 16, manifestUri: `s3://${BUCKET}/runs/r1/_SUCCESS.json` });
    const rows = await rowsOf(committed);
    expect(rows.map((row) => row.id)).toEqual([...Array(9).keys(), ...Array(7).keys()]);
    for (const row of rows) expect(row.prediction).toEqual(expected(row.id as number));
    expect(rows[4]).toMatchObject({ name: 'row 4' });
  });

  it('reads what the rule of the job matches, and says what that leaves out and what was left out before it', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(3)));
    await world.input('old/a.arrow', await fileBytes(batchesOf(2)));
    await world.input('rows.bin', await fileBytes(batchesOf(4)));
    const before = { count: 150, some: [{ uri: '/home/x/notes.md', reason: 'it is no table' }] };
    const sent: SentJob = { ...newJob({ match: ['*.bin', 'old/*'] }), skipped: before };
    const planned = await plan('r1', sent);
    await inferAll();
    const committed = await commitInference(planned, world.ports);
    expect(committed.rows).toBe(6);
    const { manifest } = await readCommitted(world, committed.manifestUri as string);
    const left = { uri: `${INPUT_URI}a.arrow`, reason: '`input.match` leaves it out' };
    expect(manifest.skipped).toEqual({ count: 151, some: [...before.some, left] });
  });

  it('reads a folder to its bottom, and says in plan and manifest what of it is not read', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(3)));
    await world.input('deeper/B.ARROWS', await streamBytes(batchesOf(2)));
    await world.input('notes.md', new Uint8Array(1));
    await world.input('deeper/_SUCCESS', new Uint8Array(0));
    const planned = await plan();
    await inferAll();
    const committed = await commitInference(planned, world.ports);
    expect(committed.rows).toBe(5);
    const { manifest } = await readCommitted(world, committed.manifestUri as string);
    expect(manifest.skipped).toEqual({
      count: 2,
      some: [
        { uri: `${INPUT_URI}deeper/_SUCCESS`, reason: expect.stringContaining('as markers do') },
        { uri: `${INPUT_URI}notes.md`, reason: expect.stringContaining('no ending of a table') },
      ],
    });
  });

  it('keeps only the columns that the job names', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(3)));
    const planned = await plan('r1', newJob({ output: { keep: ['id'] } }));
    await inferAll();
    const [row] = await rowsOf(await commitInference(planned, world.ports));
    expect(row).toEqual({ id: 0, prediction: expected(0) });
  });

  it('gives the same plan, the same part and the same manifest however often a step is repeated', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(3, 2, 4)));
    const planned = await plan();
    await world.input('b.arrow', await fileBytes(batchesOf(9)));
    expect(await plan()).toEqual(planned);
    const [task] = await world.items('r1');
    if (!task) throw new Error('no partition');
    const reports = await Promise.all([1, 2, 3].map(() => inferOne(world.ports, task, unhurried)));
    expect(new Set(reports.map((report) => JSON.stringify(report))).size).toBe(1);
    expect(await inferOne(world.ports, task, unhurried)).toEqual(reports[0]);
    expect(await world.keys('runs/r1/_tasks/')).toHaveLength(1);
    await inferAll();
    const committed = await commitInference(planned, world.ports);
    expect(await commitInference(planned, world.ports)).toEqual(committed);
    expect(committed.rows).toBe(9);
  });

  it('reports a partition in far less than a kilobyte', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(3)));
    await plan();
    const [task] = await world.items('r1');
    const report = await inferOne(world.ports, task as NonNullable<typeof task>, unhurried);
    expect(report).toMatchObject({ partition: 0, rows: 3 });
    expect(JSON.stringify(report).length).toBeLessThan(300);
  });

  it('records the run, and the model with the hash that is used', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(3)));
    const model = { uri: MODEL_URI, sizeBytes: toyModel().length, sha256: 'not the hash' };
    const pointer = { version: 1, name: 'toy', runId: 't1', manifestUri: 's3://data/m', model };
    await world.objects.put(`s3://${BUCKET}/models/toy/LATEST.json`, new TextEncoder().encode(JSON.stringify(pointer)));
    await expect(plan('r1', newJob({ model: 'published:toy' }))).rejects.toMatchObject({ code: 'LS_INPUT_CHANGED' });
    const sha256 = createHash('sha256').update(toyModel()).digest('hex');
    const right = { ...pointer, model: { ...model, sha256 } };
    await world.objects.put(`s3://${BUCKET}/models/toy/LATEST.json`, new TextEncoder().encode(JSON.stringify(right)));
    const planned = await plan('r2', newJob({ model: 'published:toy' }));
    await inferAll('r2');
    const committed = await readCommitted(world, (await commitInference(planned, world.ports)).manifestUri as string);
    expect(committed.manifest.model.sha256).toBe(sha256);
    expect(await world.runs.list(1)).toMatchObject([{ runId: 'r2', kind: 'infer', job: 'toy' }]);
  });
});

describe('a run that cannot be planned', () => {
  const wide = (width: number) => world.objects.put(MODEL_URI, toyModel(width));

  it.each<[string, string, RegExp, () => Promise<unknown>]>([
    ['an empty prefix', 'LS_DATA_EMPTY', /s3:\/\/data\/in\/ holds nothing to read/, async () => {}],
    [
      'a truncated file',
      'LS_ARROW_CORRUPT',
      /a.arrow: cut off/,
      async () => world.input('a.arrow', (await fileBytes(batchesOf(9))).subarray(0, 600)),
    ],
    [
      'a model that is not ONNX',
      'LS_MODEL_UNREADABLE',
      /toy.onnx: expected an ONNX model/,
      async () => {
        await world.input('a.arrow', await fileBytes(batchesOf(3)));
        await world.objects.put(MODEL_URI, new TextEncoder().encode('<html>'));
      },
    ],
    [
      'a model that is not there',
      'LS_MODEL_UNREADABLE',
      /toy.onnx does not exist/,
      async () => {
        await world.input('a.arrow', await fileBytes(batchesOf(3)));
        await world.objects.delete([MODEL_URI]);
      },
    ],
    [
      'a model of another width',
      'LS_MODEL_MISMATCH',
      /`x: float32\[N,5\]`.*`x: FixedSizeList<Float32>\[4\]`/,
      async () => {
        await world.input('a.arrow', await fileBytes(batchesOf(3)));
        await wide(5);
      },
    ],
    [
      'objects with different columns',
      'LS_SCHEMA_DIFFERS',
      /the column `name`: .*b.arrow does not have it, .*a.arrow has it as Utf8/,
      async () => {
        await world.input('a.arrow', await fileBytes(batchesOf(3)));
        await world.input('b.arrow', await fileBytes(batchesOf(3).map((batch) => batch.select(['id']))));
      },
    ],
  ])('says so: %s', async (_what, code, message, prepare) => {
    await prepare();
    const state = await world.start('r1');
    await expect(planInference({ input: state, execution: 'e' }, world.ports)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(await world.keys('runs/r1/')).toEqual([state.jobUri]);
  });
});

describe('a run that fails', () => {
  it('fails at the commit with the reason of the partition, and leaves nothing visible', async () => {
    const type = new FixedSizeList(4, new Field('item', new Float32(), true));
    const table = new Table({
      x: vectorFromArray(
        [
          [1, 2, 3, 4],
          [1, null, 3, 4],
        ],
        type,
      ),
    });
    await world.input('a.arrow', await fileBytes(table.batches));
    const planned = await plan();
    await expect(inferAll()).rejects.toMatchObject({ code: 'LS_NULL_INPUT' });
    const failed = { ...planned, error: { Error: 'States.ExceedToleratedFailureThreshold', Cause: 'one item failed' } };
    await expect(commitInference(failed, world.ports)).rejects.toMatchObject({
      code: 'LS_NULL_INPUT',
      message:
        'partition 0: s3://data/in/a.arrow, record batch 0: the column `x` has no value in row 1 of a record batch',
    });
    expect(await world.keys('runs/r1/_SUCCESS')).toEqual([]);
  });

  it('is not committed while a partition is missing, whatever the workflow says', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(30, 30, 30)));
    const planned = await plan();
    await inferAll();
    const [, manifest] = await world.keys('runs/r1/_tasks/');
    await world.objects.delete([manifest as string]);
    // What is missing is asked for in pieces, row by row in the end, and then to say of each row that it is what was lost.
    let state = planned;
    for (const pieces of [15, 30, 30]) {
      const again = await commitInference(state, world.ports);
      expect(again).toMatchObject({ partitions: pieces });
      expect(again.manifestUri).toBeUndefined();
      state = again;
    }
    await expect(commitInference(state, world.ports)).rejects.toMatchObject({ code: 'LS_RUN_INCOMPLETE' });
    expect(await world.keys('runs/r1/_SUCCESS')).toEqual([]);
  });

  it('notices that an input was overwritten after the plan was made', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(30, 30)));
    await plan();
    await world.input('a.arrow', await fileBytes(batchesOf(30, 31)));
    await expect(inferAll()).rejects.toMatchObject({ code: 'LS_INPUT_CHANGED' });
  });

  it('notices that the model was overwritten after the plan was made', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(30, 30)));
    await plan();
    await world.objects.put(MODEL_URI, toyModel(WIDTH + 1));
    // As another host, or a function on another machine: without the file that the planner has left.
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-no-models-'));
    const predictors = predictorsOf(modelFiles(world.objects, folder));
    try {
      const [task] = await world.items('r1');
      const late = inferOne({ ...world.ports, predictors }, task as NonNullable<typeof task>, unhurried);
      await expect(late).rejects.toMatchObject({
        code: 'LS_INPUT_CHANGED',
        message: expect.stringContaining(MODEL_URI),
      });
      expect(await world.keys('runs/r1/_tasks/')).toEqual([]);
    } finally {
      await predictors.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('stops a partition while there is time to say so', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(30)));
    await plan();
    const [task] = await world.items('r1');
    const late = { processors: 1, remainingMs: () => 9_000 };
    await expect(inferOne(world.ports, task as NonNullable<typeof task>, late)).rejects.toMatchObject({
      code: 'LS_PARTITION_TIMEOUT',
      retryable: true,
    });
    expect(await world.keys('runs/r1/parts/')).toEqual([]);
  });

  it('refuses to read a part that is not what the manifest lists', async () => {
    await world.input('a.arrow', await fileBytes(batchesOf(30)));
    const planned = await plan();
    await inferAll();
    const committed = await commitInference(planned, world.ports);
    const [part] = await world.keys('runs/r1/parts/');
    const bytes = Uint8Array.from((await world.objects.get(part as string)).bytes);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await world.objects.put(part as string, bytes);
    await expect(rowsOf(committed)).rejects.toThrow(/is not what the manifest lists: expected \d+ bytes with the hash/);
  });
});
