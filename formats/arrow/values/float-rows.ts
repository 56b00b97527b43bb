import { type Data, DataType, type Vector } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';

/** A column of equally long lists of floats as one row-major matrix: row i is `values[i * width … (i + 1) * width)`. */
export interface FloatRows {
  readonly values: Float32Array;
  readonly rows: number;
  readonly width: number;
}

/**
 * Reads a column of FixedSizeList, List or LargeList of Float32, the form in which Parquet brings vectors. A column of
 * one chunk is not copied. LS_ARROW_UNSUPPORTED for another type, for a null and for lists of different lengths.
 */
export function floatRows(column: Vector, name = 'column'): FloatRows {
  const chunks = column.data.filter((chunk) => chunk.length > 0).map((chunk) => chunkRows(chunk, name));
  const width = chunks[0]?.width ?? 0;
  const odd = chunks.find((chunk) => chunk.width !== width);
  if (odd) throw unequal(name, width, odd.width);
  if (chunks.length === 1 && chunks[0]) return chunks[0];

  const values = new Float32Array(column.length * width);
  let at = 0;
  for (const chunk of chunks) {
    values.set(chunk.values, at);
    at += chunk.values.length;
  }
  return { values, rows: column.length, width };
}

function chunkRows(list: Data, name: string): FloatRows {
  const items = list.children[0];
  if (!items || !DataType.isFloat(items.type) || !(items.values instanceof Float32Array)) {
    throw new LockstepError('LS_ARROW_UNSUPPORTED', `expected lists of float32 in \`${name}\`, got ${list.type}`);
  }
  if (list.nullCount > 0 || items.nullCount > 0) {
    throw new LockstepError('LS_ARROW_UNSUPPORTED', `\`${name}\` holds nulls, which have no place in a tensor`);
  }
  const { start, width } = extent(list, name);
  return { values: items.values.subarray(start, start + list.length * width), rows: list.length, width };
}

/** Where the first row starts among the items, and how long each row is. */
function extent(list: Data, name: string): { start: number; width: number } {
  // A slice of a fixed-size list has its items sliced already: its own offset must not be applied again.
  if (DataType.isFixedSizeList(list.type)) return { start: 0, width: list.type.listSize };
  const offsets: ArrayLike<number | bigint> = list.valueOffsets;
  const start = Number(offsets[0]);
  const width = Number(offsets[1]) - start;
  for (let row = 1; row < list.length; row++) {
    const length = Number(offsets[row + 1]) - Number(offsets[row]);
    if (length !== width) throw unequal(name, width, length);
  }
  return { start, width };
}

const unequal = (name: string, width: number, other: number) =>
  new LockstepError('LS_ARROW_UNSUPPORTED', `the lists in \`${name}\` differ in length: ${width} and ${other}`);
