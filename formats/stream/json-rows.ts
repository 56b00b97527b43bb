/** Rows of JSON as a table. */
import {
  Bool,
  type Data,
  type DataType,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { JsonColumnType } from '#core/job/job.ts';
import type { JsonRow } from '#core/stream/record.ts';
import { joinedArrow } from '../arrow/write/joined.ts';

const ARROW: Readonly<Record<JsonColumnType, DataType>> = {
  bool: new Bool(),
  int32: new Int32(),
  int64: new Int64(),
  float32: new Float32(),
  float64: new Float64(),
  utf8: new Utf8(),
};

/**
 * The columns of rows as an Arrow IPC stream, in the order in which they first appear. Numbers are float64, texts utf8, true
 * and false bool, unless `types` says else; a list is one of numbers, of fixed length where all rows agree. Columns whose
 * values are objects, or lists of something else, are left out: no model takes them. What a row does not have is null.
 * LS_RECORD_INVALID names row and column of a value that does not fit the others, or its type.
 */
export function tableOfRows(
  rows: readonly JsonRow[],
  types: Readonly<Record<string, JsonColumnType>> = {},
): Uint8Array {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = names.flatMap((name) => columnOf(name, rows, types[name]) ?? []);
  const schema = new Schema(columns.map(({ field }) => field));
  const children = columns.map(({ data }) => data);
  const data = makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children });
  const writer = joinedArrow(schema, 'stream');
  return Buffer.concat([...writer.begin(), ...writer.write(new RecordBatch(schema, data)), ...writer.finish()]);
}

interface JsonColumn {
  readonly field: Field;
  readonly data: Data;
}

function columnOf(name: string, rows: readonly JsonRow[], wanted: JsonColumnType | undefined): JsonColumn | undefined {
  const values = rows.map((row) => row[name] ?? null);
  const kind = kindOf(name, values);
  if (kind === 'object') {
    if (wanted === undefined) return undefined;
    throw invalid(
      values.findIndex(isStructure),
      name,
      `expected ${wanted}, got an object or a list of other than numbers`,
    );
  }
  const scalar = wanted ?? OF_KIND[kind];
  const type = kind === 'list' ? listType(values as (readonly number[] | null)[], ARROW[scalar]) : ARROW[scalar];
  const cells = values.map((value, row) => {
    if (value === null) return null;
    return kind === 'list'
      ? (value as unknown[]).map((item) => cell(item, scalar, [row, name]))
      : cell(value, scalar, [row, name]);
  });
  return { field: new Field(name, type, true), data: vectorFromArray(cells, type).data[0] as Data };
}

type ValueKind = 'number' | 'string' | 'boolean' | 'list' | 'object';
const OF_KIND: Readonly<Record<Exclude<ValueKind, 'object'>, JsonColumnType>> = {
  number: 'float64',
  string: 'utf8',
  boolean: 'bool',
  list: 'float64',
};

/** The one kind that all values of a column are of; a column without any value is one of numbers. */
function kindOf(name: string, values: readonly unknown[]): ValueKind {
  let kind: ValueKind | undefined;
  for (const [row, value] of values.entries()) {
    if (value === null) continue;
    const got = kindOfValue(value);
    if (kind !== undefined && got !== kind)
      throw invalid(row, name, `expected a ${kind} as in the rows before, got a ${got}`);
    kind = got;
  }
  return kind ?? 'number';
}

function kindOfValue(value: unknown): ValueKind {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'number') ? 'list' : 'object';
  return typeof value === 'object' ? 'object' : (typeof value as 'number' | 'string' | 'boolean');
}

const isStructure = (value: unknown): boolean => value !== null && kindOfValue(value) === 'object';

function listType(values: readonly (readonly number[] | null)[], item: DataType): DataType {
  const lengths = new Set(values.flatMap((value) => (value === null ? [] : [value.length])));
  const [length = 0] = lengths;
  const field = new Field('item', item, false);
  return lengths.size === 1 && length > 0 && values.every((value) => value !== null)
    ? new FixedSizeList(length, field)
    : new List(field);
}

const WANTS: Readonly<Record<JsonColumnType, (value: unknown) => unknown>> = {
  bool: (value) => (typeof value === 'boolean' ? value : undefined),
  int32: (value) => (typeof value === 'number' && value === (value | 0) ? value : undefined),
  int64: (value) => wholeNumber(value),
  float32: (value) => (typeof value === 'number' ? value : undefined),
  float64: (value) => (typeof value === 'number' ? value : undefined),
  utf8: (value) => (typeof value === 'string' ? value : undefined),
};

/** JSON of many writers has whole numbers of 64 bits as texts, because not every reader keeps all of their digits. */
function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return undefined;
  const whole = BigInt(value);
  return BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

function cell(value: unknown, type: JsonColumnType, [row, name]: readonly [number, string]): unknown {
  const fits = WANTS[type](value);
  if (fits !== undefined) return fits;
  throw invalid(row, name, `expected ${type}, got ${JSON.stringify(value)}`);
}

const invalid = (row: number, column: string, message: string): LockstepError =>
  new LockstepError('LS_RECORD_INVALID', `row ${row}, column \`${column}\`: ${message}`);
