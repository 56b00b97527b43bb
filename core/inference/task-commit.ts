/**
 * The commit of one partition. Any number of attempts may run at the same time and each writes a part under a key of
 * its own. The first to create the task manifest wins; every other finds that manifest and reports it as its own
 * success, because the rows are predicted, by whom does not matter. Parts that no manifest names are never read.
 */
import { invariant } from '../errors.ts';
import { failedRows } from './failed-rows.ts';
import type { SourceRange, TaskFailures, TaskManifest } from './manifest.ts';
import type { InferencePlan } from './plan.ts';

/** The rows that a partition of the plan stands for. */
export function sourcesOf(plan: InferencePlan, partition: number): SourceRange[] {
  const slices = plan.partitions[partition]?.slices;
  invariant(slices, `the plan of ${plan.runId} has no partition ${partition}`);
  return slices.map(({ input, first, blocks, rows }) => {
    const object = plan.inputs[input];
    invariant(object, `the plan of ${plan.runId} has no input ${input}`);
    return { uri: object.uri, etag: object.etag, firstBatch: first, batches: blocks.length, ...(rows && { rows }) };
  });
}

/** True if a stored manifest stands for exactly this partition of the plan, with no row lost. */
export function settles(stored: TaskManifest, plan: InferencePlan, partition: number): boolean {
  return (
    stored.runId === plan.runId &&
    stored.partition === partition &&
    stored.part.partition === partition &&
    rowsProblem({ rowsIn: stored.rowsIn, rowsOut: stored.part.rows, failed: stored.failed }) === undefined &&
    same(stored.sources, sourcesOf(plan, partition))
  );
}

/** What a partition says of its rows. */
export interface RowCounts {
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly failed: TaskFailures | undefined;
}

/** What does not add up, in a sentence; undefined where every row that went in came out, was set aside or was left out. */
export function rowsProblem({ rowsIn, rowsOut, failed }: RowCounts): string | undefined {
  const { dead, dropped, nulled, byClass, deadLetters } = failed ?? NONE;
  if (rowsIn !== rowsOut + dead + dropped) {
    return `${rowsIn} rows went in; ${rowsOut} came out, ${dead} were set aside, ${dropped} left out`;
  }
  if (nulled > rowsOut) return `${nulled} of ${rowsOut} rows have no prediction`;
  const listed = deadLetters.reduce((sum, { rows }) => sum + rows, 0);
  if (listed !== dead) return `${dead} rows were set aside, its dead letters list ${listed}`;
  const counted = Object.values(byClass).reduce((sum, rows) => sum + rows, 0);
  const all = failedRows({ dead, dropped, nulled });
  return counted === all ? undefined : `${all} rows have no prediction, ${counted} of them for a reason`;
}

const NONE: Pick<TaskFailures, 'dead' | 'dropped' | 'nulled' | 'byClass' | 'deadLetters'> = {
  ...{ dead: 0, dropped: 0, nulled: 0, byClass: {}, deadLetters: [] },
};

function same(a: readonly SourceRange[], b: readonly SourceRange[]): boolean {
  return (
    a.length === b.length &&
    a.every((range, i) => {
      const other = b[i];
      return (
        range.uri === other?.uri &&
        range.etag === other.etag &&
        range.firstBatch === other.firstBatch &&
        range.batches === other.batches &&
        range.rows?.from === other.rows?.from &&
        range.rows?.to === other.rows?.to &&
        range.rows?.of === other.rows?.of
      );
    })
  );
}
