/**
 * The commit of one partition. Any number of attempts may run at the same time and each writes a part under a key of
 * its own. The first to create the task manifest wins; every other finds that manifest and reports it as its own
 * success, because the rows are predicted, by whom does not matter. Parts that no manifest names are never read.
 */
import { invariant } from '../errors.ts';
import type { SourceRange, TaskManifest } from './manifest.ts';
import type { InferencePlan } from './plan.ts';

/** The rows that a partition of the plan stands for. */
export function sourcesOf(plan: InferencePlan, partition: number): SourceRange[] {
  const slices = plan.partitions[partition]?.slices;
  invariant(slices, `the plan of ${plan.runId} has no partition ${partition}`);
  return slices.map(({ input, first, blocks }) => {
    const object = plan.inputs[input];
    invariant(object, `the plan of ${plan.runId} has no input ${input}`);
    return { uri: object.uri, etag: object.etag, firstBatch: first, batches: blocks.length };
  });
}

/** True if a stored manifest stands for exactly this partition of the plan, with no row lost. */
export function settles(stored: TaskManifest, plan: InferencePlan, partition: number): boolean {
  return (
    stored.runId === plan.runId &&
    stored.partition === partition &&
    stored.part.partition === partition &&
    stored.rowsIn === stored.part.rows &&
    same(stored.sources, sourcesOf(plan, partition))
  );
}

function same(a: readonly SourceRange[], b: readonly SourceRange[]): boolean {
  return (
    a.length === b.length &&
    a.every((range, i) => {
      const other = b[i];
      return (
        range.uri === other?.uri &&
        range.etag === other.etag &&
        range.firstBatch === other.firstBatch &&
        range.batches === other.batches
      );
    })
  );
}
