/**
 * The commit of an inference run. It trusts no counter: it takes the task manifests as they are stored and holds them
 * against the plan and against the objects that exist.
 */

import { sumFailed } from './failed-rows.ts';
import type { FailedPartition, InferenceManifest, RunFailures, StageMs, TaskManifest } from './manifest.ts';
import type { InferencePlan } from './plan.ts';
import { standing } from './split.ts';
import { settles } from './task-commit.ts';

export type RunCommit =
  | { readonly kind: 'complete'; readonly manifest: InferenceManifest }
  /** Partitions without predictions, ascending. */
  | { readonly kind: 'incomplete'; readonly missing: readonly number[] }
  /** Something is stored that cannot be: the run must not be committed. */
  | { readonly kind: 'inconsistent'; readonly problem: string };

/** `stored` is the size in bytes of each object below the prefixes of the run's parts and dead letters. */
export function settleRun(
  plan: InferencePlan,
  tasks: readonly TaskManifest[],
  stored: ReadonlyMap<string, number>,
): RunCommit {
  const byPartition = new Map(tasks.map((task) => [task.partition, task]));
  const wanted = standing(plan, (partition) => byPartition.has(partition));
  const missing = wanted.filter((partition) => !byPartition.has(partition));
  if (missing.length > 0) return { kind: 'incomplete', missing };
  const [stranger] = tasks.filter(({ partition }) => plan.partitions[partition] === undefined);
  if (stranger) return inconsistent(`there is a task manifest of a partition ${stranger.partition}`);
  if (tasks.length !== byPartition.size) {
    return inconsistent(`there are ${tasks.length} task manifests of ${byPartition.size} partitions`);
  }
  const standFor = wanted.map((partition) => byPartition.get(partition) as TaskManifest);
  for (const task of standFor) {
    if (!settles(task, plan, task.partition)) {
      return inconsistent(`the manifest of partition ${task.partition} does not fit the plan`);
    }
    for (const { uri, sizeBytes } of [task.part, ...(task.failed?.deadLetters ?? [])]) {
      if (stored.get(uri) === sizeBytes) continue;
      return inconsistent(`${uri} should have ${sizeBytes} bytes, got ${stored.get(uri) ?? 'no object'}`);
    }
  }
  return { kind: 'complete', manifest: manifestOf(plan, standFor) };
}

/** All rows of the input, whatever became of them. */
export const rowsRead = ({ totals, failed }: InferenceManifest): number =>
  totals.rows + (failed ? failed.dead + failed.dropped : 0);

function manifestOf(plan: InferencePlan, tasks: readonly TaskManifest[]): InferenceManifest {
  const inOrder = tasks.toSorted((a, b) => byPlace(plan, a.partition, b.partition));
  const parts = inOrder.map(({ part, sources }) => ({ ...part, sources }));
  const blocks = blocksOf(plan);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const failed = failuresOf(tasks);
  const split = Object.keys(plan.splits ?? {})
    .map(Number)
    .filter((partition) => !tasks.some((task) => task.partition === partition));
  const stage = (name: keyof StageMs) => sum(tasks.map((task) => task.stageMs[name]));
  return {
    version: 1,
    runId: plan.runId,
    job: plan.job.name,
    model: plan.prediction.model,
    inputs: plan.inputs.map(({ uri, etag, sizeBytes }, i) => ({ uri, etag, sizeBytes, blocks: blocks.get(i) ?? 0 })),
    ...(plan.job.sql !== undefined && { query: plan.job.sql }),
    skipped: plan.skipped,
    ...(split.length > 0 && { split }),
    parts,
    totals: {
      rows: sum(parts.map((part) => part.rows)),
      sizeBytes: sum(parts.map((part) => part.sizeBytes)),
      parts: parts.length,
    },
    ...(failed && { failed }),
    ...(plan.replayOf && { replayOf: plan.replayOf }),
    stageMs: {
      read: stage('read'),
      decode: stage('decode'),
      run: stage('run'),
      encode: stage('encode'),
      write: stage('write'),
    },
    provenance: inOrder[0]?.provenance ?? {},
  };
}

function failuresOf(tasks: readonly TaskManifest[]): RunFailures | undefined {
  const partitions = tasks
    .flatMap(({ partition, rowsIn, failed }): FailedPartition[] => (failed ? [{ partition, rowsIn, ...failed }] : []))
    .toSorted((a, b) => a.partition - b.partition);
  const counts = sumFailed(partitions);
  return counts && { ...counts, partitions };
}

/** How many blocks each input has. */
function blocksOf(plan: InferencePlan): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { input, blocks } of plan.partitions.slice(0, plan.base).flatMap(({ slices }) => slices)) {
    counts.set(input, (counts.get(input) ?? 0) + blocks.length);
  }
  return counts;
}

/** Partitions are numbered by size; their rows are in the order of the inputs. */
function byPlace(plan: InferencePlan, a: number, b: number): number {
  const first = plan.partitions[a]?.slices[0];
  const second = plan.partitions[b]?.slices[0];
  if (!first || !second) return 0;
  return first.input - second.input || first.first - second.first || (first.rows?.from ?? 0) - (second.rows?.from ?? 0);
}

const inconsistent = (problem: string): RunCommit => ({ kind: 'inconsistent', problem });
