import type { InferencePlan } from './plan.ts';

/** How many rows a run has; undefined where a format does not say it before its blocks are read. */
export function rowsOfRun({ partitions, base }: InferencePlan): number | undefined {
  let rows = 0;
  for (const block of partitions.slice(0, base).flatMap(({ slices }) => slices.flatMap(({ blocks }) => blocks))) {
    if (block.rows === undefined) return undefined;
    rows += block.rows;
  }
  return rows;
}

/**
 * How many rows of a record batch, from its first, get their predictions together or not at all: where the job vouches for
 * calls of so many, fewer of them would get others.
 */
export const rowsTogether = ({ job: { predict } }: InferencePlan): number =>
  predict.kind === 'onnx' ? (predict.batchRows ?? 1) : 1;
