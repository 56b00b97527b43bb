import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { Binding } from '#core/inference/bind.ts';
import { copyValues } from '#core/inference/columns.ts';
import type { TableLayout } from '#core/inference/layout.ts';
import type { ModelRows } from '#core/inference/model-output.ts';
import type { Grouping } from '#core/inference/neighbours.ts';
import { newTensor, type TensorValues } from '#core/inference/tensor-values.ts';
import { tensorOf } from '#formats/arrow/values/tensor.ts';
import { openTable, type TablePorts } from '#formats/table/formats.ts';

/** As many rows show what a model means by its outputs, and cost little. */
export const SAMPLE_ROWS = 64;

/** Rows that no tensor can be made of are left out here: the run names them. */
const OF_VALUES = ['LS_NULL_INPUT', 'LS_VALUE_INEXACT', 'LS_LIST_LENGTH'];

/** Tensors of single rows of the input, in the order of the bindings. */
export type SampleRows = readonly (readonly TensorValues[])[];

/**
 * Rows of the first record batch that has any, spread over it, so that a table that is sorted shows more than its
 * beginning. Rows without a value are left out: whether one fails the run is not for the plan to say. None where the
 * input has none. It reads one block, of the bound columns where the format can.
 */
export async function sampleRows(
  tables: TablePorts,
  layouts: readonly TableLayout[],
  bindings: readonly Binding[],
): Promise<SampleRows> {
  const batch = await firstBatch(tables, layouts, [...new Set(bindings.flatMap(({ columns }) => columns))]);
  const rows: TensorValues[][] = [];
  for (const index of batch ? spread(batch.numRows) : []) {
    const row = batch?.slice(index, index + 1) as RecordBatch;
    const tensors = valuesOf(row, bindings);
    if (tensors) rows.push(tensors);
  }
  return rows;
}

/** The first record batch that has rows, of these columns where the format can; undefined where no object has any. */
export async function firstBatch(
  tables: TablePorts,
  layouts: readonly TableLayout[],
  columns: readonly string[],
): Promise<RecordBatch | undefined> {
  for await (const batch of batchesWithRows(tables, layouts, columns)) return batch;
  return undefined;
}

/** Record batches that have rows, in their order, read one block at a time. */
export async function* batchesWithRows(
  tables: TablePorts,
  layouts: readonly TableLayout[],
  columns: readonly string[],
): AsyncGenerator<RecordBatch, void, void> {
  for (const layout of layouts) {
    const blocks = layout.blocks.filter(({ rows }) => rows !== 0);
    if (blocks.length === 0) continue;
    const table = await openTable(tables, layout, columns);
    for (const block of blocks) {
      for await (const frame of table.frames([block])) {
        for await (const batch of frame.decode()) if (batch.numRows > 0) yield batch;
      }
    }
  }
}

const spread = (rows: number): number[] => {
  const count = Math.min(rows, SAMPLE_ROWS);
  return Array.from({ length: count }, (_, i) => Math.floor((i * rows) / count));
};

function valuesOf(row: RecordBatch, bindings: readonly Binding[]): TensorValues[] | undefined {
  try {
    return bindings.map((binding) => tensorOf(row, binding));
  } catch (error) {
    if (error instanceof LockstepError && OF_VALUES.some((code) => code === error.code)) return undefined;
    throw error;
  }
}

/** The rows of one call side by side; zeros, or empty texts, for a row that is not there. */
export function callOf(rows: SampleRows, grouping: Grouping, bindings: readonly Binding[]): ModelRows {
  const inputs = bindings.map(({ element, dims }, input) => {
    const width = dims.reduce((product, dim) => product * dim, 1);
    const all = newTensor(element, grouping.length * width);
    for (const [at, row] of grouping.entries())
      copyValues(all, rows[row]?.[input] ?? newTensor(element, 0), at * width);
    return all;
  });
  return { count: grouping.length, inputs };
}
