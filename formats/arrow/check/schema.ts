import type { FlatTable } from '../metadata/flatbuffer.ts';
import { corrupt, type Place, unsupported } from './corrupt.ts';

const SCHEMA = { endianness: 0, fields: 1, metadata: 2, features: 3 } as const;
const FIELD = { name: 0, type: 2, typeTable: 3, dictionary: 4, children: 5, metadata: 6 } as const;
const KEY_VALUE = { key: 0, value: 1 } as const;

/** Types by their number in the format's union `Type`, those that cannot be read. */
export const UNSUPPORTED: Readonly<Record<number, string>> = {
  14: 'a union',
  22: 'run-end encoding',
  25: 'a list view',
  26: 'a large list view',
};
const LAST_TYPE = 26;
const DECIMAL = { number: 7, precision: 0, scale: 1, bitWidth: 2 } as const;
/** Digits behind the point, or with a minus zeros before it, beyond which a scale is damage. */
const MAX_SCALE = 1000;
/** Digits that a decimal of so many bits can have at most. */
const MAX_PRECISION: Readonly<Record<number, number>> = { 32: 9, 64: 18, 128: 38, 256: 76 };
const MAX_DEPTH = 32;
const MAX_FIELDS = 65_536;

/**
 * Walks a schema before apache-arrow decodes it: every string and vector lies within the buffer, nesting and number of
 * fields are sane, every type is one that can be read. Throws RangeError where the buffer ends too soon.
 */
export function checkSchema(schema: FlatTable, place: Place): void {
  if (schema.int16(SCHEMA.endianness) !== 0) throw unsupported(place, 'the file is big-endian');
  checkMetadata(schema, SCHEMA.metadata);
  schema.checkNumbers(SCHEMA.features, 8);
  let fields = 0;
  const visit = (parent: FlatTable, children: number, depth: number): void => {
    if (depth > MAX_DEPTH) throw corrupt(place, `the columns are nested more than ${MAX_DEPTH} deep`);
    for (const field of parent.tables(children)) {
      if (++fields > MAX_FIELDS) throw corrupt(place, `the schema has more than ${MAX_FIELDS} fields`);
      checkField(field, place);
      visit(field, FIELD.children, depth + 1);
    }
  };
  visit(schema, SCHEMA.fields, 1);
}

function checkField(field: FlatTable, place: Place): void {
  field.checkText(FIELD.name);
  checkMetadata(field, FIELD.metadata);
  const type = field.uint8(FIELD.type);
  const problem = UNSUPPORTED[type];
  if (problem) throw unsupported(place, `a column has ${problem}`);
  if (type === 0 || type > LAST_TYPE || !field.table(FIELD.typeTable)) {
    throw corrupt(place, `the schema has a column of the unknown type ${type}`);
  }
  // Reading a field of a table is what finds out that the table lies outside of the buffer. The first field of a type has
  // one, two or four bytes, and may be the last thing in the buffer.
  field.table(FIELD.typeTable)?.uint8(0);
  field.table(FIELD.dictionary)?.int64(0);
  if (type === DECIMAL.number) checkDecimal(field.table(FIELD.typeTable) as FlatTable, place);
}

function checkDecimal(type: FlatTable, place: Place): void {
  // Decimals of 128 bits were the only ones when the width was added.
  const bits = type.int32(DECIMAL.bitWidth) || 128;
  const precision = type.int32(DECIMAL.precision);
  const scale = type.int32(DECIMAL.scale);
  const most = MAX_PRECISION[bits];
  if (most === undefined || precision < 1 || precision > most || Math.abs(scale) > MAX_SCALE) {
    throw corrupt(place, `the schema has a decimal of ${bits} bits, ${precision} digits and the scale ${scale}`);
  }
}

function checkMetadata(owner: FlatTable, entries: number): void {
  for (const entry of owner.tables(entries)) {
    entry.checkText(KEY_VALUE.key);
    entry.checkText(KEY_VALUE.value);
  }
}
