/** The values of a column one after the other, whatever lists they lie in, and which of them are missing. */
import { type Data, DataType, type Field } from 'apache-arrow';
import { invariant, LockstepError } from '#core/errors.ts';
import { type Numbers, plainNumbers } from './numbers.ts';
import { isText } from './plain.ts';
import { textsOf } from './texts.ts';

export interface Cells {
  /** Views of the column where they can be. What stands where one is missing means nothing. */
  readonly values: Numbers | readonly string[];
  /** 1 for each that is missing; undefined where none is. */
  readonly missing: Uint8Array | undefined;
}

/** Of lists of any length, each must have `width` values. LS_LIST_LENGTH names the column and the row of one that has not. */
export function cellsOf(column: Data, { name, width }: { readonly name: string; readonly width: number }): Cells {
  const { type } = column;
  return DataType.isList(type) || DataType.isLargeList(type) ? listCells(column, name, width) : fixedCells(column);
}

function fixedCells(data: Data): Cells {
  if (!DataType.isFixedSizeList(data.type)) {
    const { type } = data;
    const isTexts = isText(DataType.isDictionary(type) ? type.dictionary : type);
    return { values: isTexts ? textsOf(data) : plainNumbers(data, data.length), missing: missingRows(data) };
  }
  const { listSize } = data.type;
  const [child] = data.children;
  invariant(child, 'lists have items');
  const items = fixedCells(child.slice(0, data.length * listSize));
  const lists = missingRows(data);
  return { values: items.values, missing: lists ? spread(lists, items) : items.missing };
}

/** All values of a list that is missing are missing. */
function spread(lists: Uint8Array, { values, missing = new Uint8Array(values.length) }: Cells): Uint8Array {
  const width = values.length / lists.length;
  for (let row = 0; row < lists.length; row++) if (lists[row] === 1) missing.fill(1, row * width, (row + 1) * width);
  return missing;
}

function missingRows(data: Data): Uint8Array | undefined {
  if (data.nullCount === 0) return undefined;
  const rows = new Uint8Array(data.length);
  for (let row = 0; row < rows.length; row++) rows[row] = data.getValid(row) ? 0 : 1;
  return rows;
}

function listCells(column: Data, name: string, width: number): Cells {
  const { length: rows, children } = column;
  const [items] = children;
  invariant(items, `the lists of \`${name}\` have no items`);
  const lists = missingRows(column);
  const wanted = width / valuesIn(items.type);
  const offsets: ArrayLike<number | bigint> = column.valueOffsets;
  const start = rows > 0 ? Number(offsets[0]) : 0;
  for (let row = 0, from = start; row < rows; row++) {
    const to = Number(offsets[row + 1]);
    if (to - from !== wanted && lists?.[row] !== 1) throw wrongLength(name, { row, length: to - from, wanted });
    from = to;
  }
  if (!lists) return fixedCells(items.slice(start, rows * wanted));
  const end = Number(offsets[rows]);
  return placed(fixedCells(items.slice(start, end - start)), {
    lists,
    width,
    starts: (row) => ((Number(offsets[row]) - start) * width) / wanted,
  });
}

interface Places {
  readonly lists: Uint8Array;
  readonly width: number;
  /** Where the values of a row start. */
  readonly starts: (row: number) => number;
}

/** As many values for each row: a list that is missing may have any number of items. */
function placed({ values, missing }: Cells, { lists, width, starts }: Places): Cells {
  const size = lists.length * width;
  const all = Array.isArray(values)
    ? new Array<string>(size).fill('')
    : new (values.constructor as typeof Int32Array)(size);
  const gone = new Uint8Array(size);
  for (let row = 0; row < lists.length; row++) {
    if (lists[row] === 1) gone.fill(1, row * width, (row + 1) * width);
    else {
      for (let i = 0; i < width; i++) {
        all[row * width + i] = values[starts(row) + i] as never;
        gone[row * width + i] = missing?.[starts(row) + i] ?? 0;
      }
    }
  }
  return { values: all, missing: gone };
}

const valuesIn = (type: DataType): number =>
  DataType.isFixedSizeList(type) ? type.listSize * valuesIn((type.children[0] as Field).type) : 1;

function wrongLength(
  name: string,
  { row, length, wanted }: { row: number; length: number; wanted: number },
): LockstepError {
  const message = `the column \`${name}\` has a list of ${length} in row ${row} of a record batch, the model takes ${wanted}`;
  return new LockstepError('LS_LIST_LENGTH', message);
}
