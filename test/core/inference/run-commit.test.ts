import { describe, expect, it } from 'vitest';
import type { SourceRange, TaskFailures, TaskManifest } from '#core/inference/manifest.ts';
import type { InferencePlan, PlannedPartition } from '#core/inference/plan.ts';
import { rowsRead, settleRun } from '#core/inference/run-commit.ts';
import { settles, sourcesOf } from '#core/inference/task-commit.ts';
import type { InferJob } from '#core/job/job.ts';

const block = (offset: number) => ({ offset, sizeBytes: 16 });
const input = (uri: string) => ({
  uri,
  etag: `"${uri}"`,
  sizeBytes: 100,
  format: 'arrow-file' as const,
  schema: { offset: 90, sizeBytes: 5 },
  dictionaries: [],
});
const slice = (index: number, first: number, batches: number): PlannedPartition => ({
  sizeBytes: 16 * batches,
  slices: [{ input: index, first, blocks: Array.from({ length: batches }, (_, i) => block(8 + 16 * (first + i))) }],
});

/** Numbered by size: partition 0 is the end of the second object. */
const PLAN: InferencePlan = {
  version: 1,
  runId: 'r',
  job: { name: 'toy' } as InferJob,
  prediction: {
    kind: 'onnx',
    model: { uri: 's3://b/m', sizeBytes: 1, sha256: 'aa' },
    bindings: [],
    outputs: { values: [] },
    microBatchRows: 256,
    fields: [],
  },
  columns: [],
  skipped: { count: 0, some: [] },
  inputs: [input('s3://b/0'), input('s3://b/1')],
  partitions: [slice(1, 1, 3), slice(0, 0, 2), slice(1, 0, 1)],
};

const task = (partition: number, changes: Partial<TaskManifest> = {}): TaskManifest => ({
  version: 1,
  runId: 'r',
  partition,
  attemptId: `a${partition}`,
  sources: sourcesOf(PLAN, partition),
  part: { uri: `s3://b/part-${partition}`, partition, rows: 10 * (partition + 1), sizeBytes: 5, sha256: 'ff' },
  rowsIn: 10 * (partition + 1),
  stageMs: { read: 1, decode: 2, run: 3, encode: 4, write: 5 },
  provenance: {},
  ...changes,
});
const [SOURCE] = sourcesOf(PLAN, 0) as [SourceRange];
const TASKS = [task(0), task(1), task(2)];
const STORED = new Map(TASKS.map(({ part }) => [part.uri, part.sizeBytes]));

describe('settleRun', () => {
  it('lists the parts in the order of the input, with what they add up to', () => {
    const settled = settleRun(PLAN, TASKS, STORED);
    expect(settled).toMatchObject({
      kind: 'complete',
      manifest: { runId: 'r', totals: { rows: 60, sizeBytes: 15, parts: 3 }, stageMs: { read: 3, write: 15 } },
    });
    expect(settled.kind === 'complete' && settled.manifest.parts.map((part) => part.partition)).toEqual([1, 2, 0]);
  });

  it('puts objects before record batches: a later object follows, whichever of its batches it starts with', () => {
    const plan = { ...PLAN, partitions: [slice(0, 3, 3), slice(1, 0, 2)] };
    const tasks = [0, 1].map((partition) => task(partition, { sources: sourcesOf(plan, partition) }));
    const settled = settleRun(plan, tasks, STORED);
    expect(settled.kind === 'complete' && settled.manifest.parts.map((part) => part.partition)).toEqual([0, 1]);
  });

  it('refuses two task manifests of one partition', () => {
    expect(settleRun(PLAN, [...TASKS, task(1)], STORED)).toMatchObject({
      kind: 'inconsistent',
      problem: 'there are 4 task manifests of 3 partitions',
    });
  });

  it.each([0, 1, 2])('refuses where the manifest of partition %i is missing', (gone) => {
    const rest = TASKS.filter(({ partition }) => partition !== gone);
    expect(settleRun(PLAN, rest, STORED)).toEqual({ kind: 'incomplete', missing: [gone] });
  });

  it.each<[string, TaskManifest[], Map<string, number>]>([
    [
      'that reads another version of an object',
      [task(0, { sources: [{ ...SOURCE, etag: '"x"' }] }), task(1), task(2)],
      STORED,
    ],
    ['that reads fewer record batches', [task(0, { sources: [{ ...SOURCE, batches: 2 }] }), task(1), task(2)], STORED],
    ['whose part lost rows', [task(0, { rowsIn: 11 }), task(1), task(2)], STORED],
    ['of another run', [task(0, { runId: 'other' }), task(1), task(2)], STORED],
    ['whose part does not exist', TASKS, new Map([...STORED].slice(1))],
    ['whose part has another size', TASKS, new Map([...STORED, ['s3://b/part-0', 4]])],
    ['that the plan does not have', [...TASKS, task(1, { partition: 7 })], STORED],
  ])('refuses a task manifest %s', (_what, tasks, stored) => {
    expect(settleRun(PLAN, tasks, stored).kind).toBe('inconsistent');
  });

  describe('of a run with rows that were set aside', () => {
    const letters = { uri: 's3://b/dead-1', rows: 3, sizeBytes: 9, sha256: 'ee' };
    const failed: TaskFailures = {
      ...{ dead: 3, nulled: 0, dropped: 2, byClass: { model: 5 } },
      first: { class: 'model', code: 'LS_PREDICTION_FAILED', message: 'no', uri: 's3://b/0', block: 0, row: 1 },
      deadLetters: [letters],
    };
    const withFailed = (changes: Partial<TaskFailures>) => [
      ...[task(0), task(1, { rowsIn: 25, failed: { ...failed, ...changes } }), task(2)],
    ];
    const stored = new Map([...STORED, [letters.uri, letters.sizeBytes]]);

    it('adds up what came out, was set aside and was left out', () => {
      const settled = settleRun(PLAN, withFailed({}), stored);
      expect(settled).toMatchObject({
        kind: 'complete',
        manifest: { totals: { rows: 60 }, failed: { dead: 3, dropped: 2 } },
      });
      expect(settled.kind === 'complete' && rowsRead(settled.manifest)).toBe(65);
    });

    it.each<[string, Partial<TaskFailures>, Map<string, number>]>([
      ['are gone', {}, STORED],
      ['are cut off', {}, new Map([...stored, [letters.uri, letters.sizeBytes - 1]])],
      ['lack a row', { deadLetters: [{ ...letters, rows: 2 }] }, stored],
      ['are not listed', { deadLetters: [] }, stored],
      [
        'are fewer than rows are missing',
        { dead: 2, byClass: { model: 4 }, deadLetters: [{ ...letters, rows: 2 }] },
        stored,
      ],
      ['have no reason', { byClass: { model: 4 } }, stored],
    ])('refuses where dead letters %s', (_what, changes, there) => {
      expect(settleRun(PLAN, withFailed(changes), there).kind).toBe('inconsistent');
    });
  });
});

describe('settles', () => {
  it('accepts the manifest of any attempt at the same rows', () => {
    expect(settles(task(1, { attemptId: 'other' }), PLAN, 1)).toBe(true);
    expect(settles(task(1), PLAN, 2)).toBe(false);
  });

  it.each<[string, Partial<TaskManifest>]>([
    ['is numbered for another partition', { partition: 1 }],
    ['has a part that is numbered for another partition', { part: { ...task(0).part, partition: 1 } }],
    ['reads an object more', { sources: [SOURCE, { ...SOURCE, uri: 's3://b/0' }] }],
    ['reads no object', { sources: [] }],
    ['reads another object', { sources: [{ ...SOURCE, uri: 's3://b/other' }] }],
    ['begins with another record batch', { sources: [{ ...SOURCE, firstBatch: 0 }] }],
  ])('refuses a manifest that %s', (_what, changes) => {
    expect(settles(task(0), PLAN, 0)).toBe(true);
    expect(settles(task(0, changes), PLAN, 0)).toBe(false);
  });
});
