/** What a predictor written in JavaScript returns for some rows → fields and values of their predictions. */
import { LockstepError } from '../errors.ts';
import { fieldText, type PredictionField, type Scalar, type Values, type ValueType } from './prediction.ts';

export interface ReturnedRows {
  readonly rows: number;
  readonly fields: readonly PredictionField[];
  /** Values of each field, in the order of `fields`; of a list all items of a row after another. */
  readonly values: readonly Values[];
  /** For each field one byte a row, 0 where there is no value; undefined where every row has one. */
  readonly valid: readonly (Uint8Array | undefined)[];
}

interface ReturnedColumn {
  /** Undefined where no row has a value. */
  readonly type: ValueType | undefined;
  /** Whether it was returned in a way that may hold nulls. */
  readonly nullable: boolean;
  readonly values: Values;
  readonly valid: Uint8Array | undefined;
  readonly rows: number;
}

/** Name of the field where values are returned without one. */
const SOLE = 'value';

/**
 * Takes columns by name (arrays, typed arrays, or anything that can be iterated), an object for each row, or the values of
 * one field. Numbers of arrays are float64. Where `planned` says what the fields are, anything else is refused, and a
 * column of nothing but nulls is taken for what it should be. LS_PREDICTION_FAILED.
 */
export function returnedRows(returned: unknown, planned?: readonly PredictionField[]): ReturnedRows {
  const columns = Object.entries(columnsIn(returned)).map(([name, values]) => ({ name, ...columnOf(name, values) }));
  const [first] = columns;
  if (!first) throw failed('returned no columns');
  const other = columns.find(({ rows }) => rows !== first.rows);
  if (other) throw failed(`returned ${first.rows} values of \`${first.name}\` and ${other.rows} of \`${other.name}\``);
  const fields = columns.map(({ name, type, nullable }, i): PredictionField => {
    const wanted = planned?.find((field) => field.name === name);
    if (type !== undefined) return { name, type, nullable: wanted?.nullable && !columns[i]?.valid ? true : nullable };
    if (wanted?.nullable) return wanted;
    throw failed(
      `returned nothing but nulls as \`${name}\`, which says nothing of its type; return a typed array, such as a ` +
        'Float64Array of NaN, or a value (an empty text, 0, NaN) where there is none',
    );
  });
  if (!planned)
    return { rows: first.rows, fields, values: columns.map((c) => c.values), valid: columns.map((c) => c.valid) };
  const order = planned.map((want) => fields.findIndex((field, i) => isAs(field, want, columns[i]?.valid)));
  if (order.includes(-1) || fields.length !== planned.length) {
    throw failed(`returned ${list(fields)}, the plan of this run has ${list(planned)}`);
  }
  return {
    rows: first.rows,
    fields: planned,
    values: order.map((at, i) => typed(columns[at] as ReturnedColumn, planned[i] as PredictionField)),
    valid: order.map((at) => columns[at]?.valid),
  };
}

const list = (fields: readonly PredictionField[]): string =>
  fields.map((field) => `\`${fieldText(field)}\``).join(', ');

const isAs = (field: PredictionField, planned: PredictionField, valid: Uint8Array | undefined): boolean =>
  field.name === planned.name &&
  JSON.stringify(field.type) === JSON.stringify(planned.type) &&
  (planned.nullable || valid === undefined);

/** A column without any value has no array of its type yet. */
const typed = ({ type, values, rows }: ReturnedColumn, field: PredictionField): Values =>
  type === undefined && typeof field.type === 'string' ? zeros(field.type, rows) : values;

function columnsIn(returned: unknown): Readonly<Record<string, unknown>> {
  if (!isIterable(returned)) {
    if (typeof returned === 'object' && returned !== null) return returned as Record<string, unknown>;
    throw failed(`returned ${text(returned)}, expected columns by name, an object for each row, or an array`);
  }
  if (!Array.isArray(returned) || !returned.some(isRow)) return { [SOLE]: returned };
  const odd = returned.findIndex((row) => !isRow(row));
  if (odd >= 0) throw failed(`returned ${text(returned[odd])} as row ${odd} among rows that are objects`);
  const names = [...new Set(returned.flatMap((row) => Object.keys(row)))];
  return Object.fromEntries(names.map((name) => [name, returned.map((row) => row[name] ?? null)]));
}

const isRow = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !isIterable(value);

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

function columnOf(name: string, returned: unknown): ReturnedColumn {
  if (!isIterable(returned)) throw failed(`returned ${text(returned)} as \`${name}\`, expected an array`);
  if (ArrayBuffer.isView(returned)) {
    const { type, values } = typedValues(name, returned);
    return { type, nullable: false, values, valid: undefined, rows: values.length };
  }
  const items = Array.isArray(returned) ? returned : [...returned];
  const there = items.filter((item) => item !== null && item !== undefined);
  const rows = items.length;
  if (there.some(isIterable)) return { ...lists(name, items), nullable: false, valid: undefined, rows };
  const type = scalarOf(name, there);
  const valid = there.length === rows ? undefined : Uint8Array.from(items, (item) => (item == null ? 0 : 1));
  return { type, nullable: true, values: scalars(type ?? 'utf8', items), valid, rows };
}

const SCALAR_OF: Readonly<Record<string, Scalar>> = {
  number: 'float64',
  bigint: 'int64',
  boolean: 'bool',
  string: 'utf8',
};

function scalarOf(name: string, items: readonly unknown[]): Scalar | undefined {
  const kinds = [...new Set(items.map((item) => typeof item))];
  const [kind] = kinds;
  if (kind === undefined) return undefined;
  const type = SCALAR_OF[kind];
  if (kinds.length === 1 && type) return type;
  const what = kinds.length > 1 ? `values of the types ${kinds.join(', ')}` : `values of the type ${kind}`;
  throw failed(`returned ${what} as \`${name}\`, expected numbers, bigints, booleans, texts, or lists of equal length`);
}

function scalars(type: Scalar, items: readonly unknown[]): Values {
  if (type === 'utf8') return items.map((item) => (item ?? '') as string);
  if (type === 'int64') return BigInt64Array.from(items, (item) => exactInt64((item ?? 0n) as bigint));
  if (type === 'bool') return Uint8Array.from(items, (item) => (item ? 1 : 0));
  return Float64Array.from(items, (item) => (item ?? 0) as number);
}

function exactInt64(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value;
  throw failed(`returned ${value}, which is no integer of 64 bits`);
}

const zeros = (type: Scalar, rows: number): Values =>
  type === 'int32'
    ? new Int32Array(rows)
    : type === 'float32'
      ? new Float32Array(rows)
      : scalars(type, Array(rows).fill(null));

/** Lists of numbers, of equal length in every row. */
function lists(name: string, items: readonly unknown[]): Pick<ReturnedColumn, 'type' | 'values'> {
  const rows = items.map((item, row) => {
    if (isIterable(item)) return columnOf(name, item);
    throw failed(`returned ${text(item)} as row ${row} of \`${name}\`, whose other rows are lists`);
  });
  const [first] = rows;
  const length = first?.rows ?? 0;
  const odd = rows.findIndex((row) => row.rows !== length);
  if (odd >= 0)
    throw failed(`returned lists of ${length} and of ${rows[odd]?.rows} as \`${name}\`, expected equal lengths`);
  if (rows.some(({ valid, type }) => valid || type === undefined))
    throw failed(`returned lists with nulls as \`${name}\``);
  const of = first?.type as ValueType;
  const mixed = rows.find(({ type }) => JSON.stringify(type) !== JSON.stringify(of));
  if (mixed) throw failed(`returned lists of different types as \`${name}\``);
  return { type: { list: length, of }, values: joined(rows.map(({ values }) => values)) };
}

function joined(parts: readonly Values[]): Values {
  const [first] = parts;
  if (Array.isArray(first)) return parts.flatMap((part) => part as readonly string[]);
  const Made = (first as Float64Array).constructor as Float64ArrayConstructor;
  const made = new Made(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part as Float64Array, at);
    at += part.length;
  }
  return made;
}

/** Integers that are smaller become int32, unsigned ones of 32 bits int64. */
function typedValues(name: string, view: ArrayBufferView): { readonly type: Scalar; readonly values: Values } {
  if (view instanceof Float32Array) return { type: 'float32', values: view };
  if (view instanceof Float64Array) return { type: 'float64', values: view };
  if (view instanceof Int32Array) return { type: 'int32', values: view };
  if (view instanceof BigInt64Array) return { type: 'int64', values: view };
  if (view instanceof Uint32Array) return { type: 'int64', values: BigInt64Array.from(view, BigInt) };
  if (view instanceof BigUint64Array) return { type: 'int64', values: BigInt64Array.from(view, exactInt64) };
  if (view instanceof DataView) throw failed(`returned a DataView as \`${name}\`, expected an array`);
  return { type: 'int32', values: Int32Array.from(view as Uint8Array) };
}

const text = (value: unknown): string =>
  value === undefined ? 'nothing' : value === null ? 'null' : `a ${typeof value}`;
const failed = (message: string): LockstepError => new LockstepError('LS_PREDICTION_FAILED', `the module ${message}`);
