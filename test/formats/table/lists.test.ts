/**
 * Lists of numbers that pyarrow wrote, as tensors, held against what NumPy makes of their rows
 * (test/fixtures/lists/write_lists.py).
 */
import { readFileSync } from 'node:fs';
import type { RecordBatch } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { bindColumns } from '#core/inference/bind.ts';
import { tensorOf } from '#formats/arrow/values/tensor.ts';
import { columnShapes } from '#formats/table/column-shapes.ts';
import { readAll } from '../arrow/read-all.ts';

const FOLDER = 'test/fixtures/lists';
const EXPECTED: Readonly<Record<string, number[][]>> = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8'));

describe.each(['lists.arrow', 'lists.parquet'])('%s', (name) => {
  const read = readAll(new Uint8Array(readFileSync(`${FOLDER}/${name}`)));
  /** What an input of 2 times 3 takes of the column, in slices of each batch. */
  const rowsOf = async (column: string): Promise<number[][]> => {
    const model = { inputs: [{ name: 'x', type: 'float32', dims: ['N', 2, 3] }], outputs: [] };
    const rows: number[][] = [];
    for (const whole of await read) {
      const [binding] = bindColumns(model, columnShapes((whole as RecordBatch).schema), { x: column });
      for (const batch of [whole.slice(0, 2), whole.slice(2)]) {
        const values = [...tensorOf(batch, binding as NonNullable<typeof binding>)].map(Number);
        for (let at = 0; at < values.length; at += 6) rows.push(values.slice(at, at + 6));
      }
    }
    return rows;
  };

  it.each(Object.keys(EXPECTED))('%s', async (column) => {
    expect(await rowsOf(column)).toEqual(EXPECTED[column]);
  });

  it.each([
    [
      'a list of another length',
      'uneven',
      'LS_LIST_LENGTH',
      /`uneven` has a list of 5 in row 2 of .*, the model takes 6/,
    ],
    ['a null in a list', 'hole', 'LS_NULL_INPUT', /`hole` has no value in row (0|3)/],
    ['a list that is null', 'gap', 'LS_NULL_INPUT', /`gap` has no value in row 1/],
    ['lists in lists of any length', 'list_of_lists', 'LS_MODEL_MISMATCH', /nor of lists of them/],
    [
      'a tensor in another order',
      'turned',
      'LS_MODEL_MISMATCH',
      /fixed_shape_tensor<Float32>\[3,2\] permuted by \[1,0\]/,
    ],
  ])('refuses %s', async (_what, column, code, message) => {
    await expect(rowsOf(column)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
