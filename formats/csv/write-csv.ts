/** Record batches as CSV (RFC 4180, UTF-8, a header line): for people and spreadsheets; Arrow keeps types. */
import { type DataType, type Field, type RecordBatch, type Schema, Type } from 'apache-arrow';
import type { DirectWriter } from '#formats/arrow/write/joined.ts';

/** One column of the text: a column of the table, or a field of a struct in it. */
interface CsvColumn {
  readonly name: string;
  readonly path: readonly string[];
  readonly type: DataType;
}

/** The first column whose values have no plain text, as `name: type`; undefined where each has one. */
export const notCsv = (schema: Schema): string | undefined => {
  const found = columnsOf(schema.fields).find(({ type }) => !hasText(type));
  return found && `${found.name}: ${found.type}`;
};

/** Writes the header, then a line a row. Structs become a column for each field, lists JSON, nulls nothing. */
export function csvWriter(schema: Schema): DirectWriter {
  const columns = columnsOf(schema.fields);
  const line = (cells: readonly string[]) => `${cells.join(',')}\r\n`;
  const encode = (text: string) => [new TextEncoder().encode(text)];
  return {
    begin: () => encode(line(columns.map(({ name }) => cellOf(name)))),
    write(batch) {
      const values = columns.map((column) => reader(batch, column));
      let text = '';
      for (let row = 0; row < batch.numRows; row++) text += line(values.map((value) => cellOf(value(row))));
      return encode(text);
    },
    finish: () => [],
  };
}

const columnsOf = (fields: readonly Field[], path: readonly string[] = []): CsvColumn[] =>
  fields.flatMap(({ name, type }): CsvColumn[] => {
    const here = [...path, name];
    if (type.typeId === Type.Struct) return columnsOf(type.children, here);
    return [{ name: here.join('.'), path: here, type }];
  });

const PLAIN: readonly Type[] = [
  ...[Type.Int, Type.Float, Type.Bool, Type.Null],
  ...[Type.Utf8, Type.LargeUtf8, Type.Utf8View],
];
const LISTS: readonly Type[] = [Type.List, Type.LargeList, Type.FixedSizeList];

function hasText(type: DataType): boolean {
  if (type.typeId === Type.Dictionary)
    return hasText((type as unknown as { readonly dictionary: DataType }).dictionary);
  if (LISTS.includes(type.typeId)) return hasText(type.children[0]?.type as DataType);
  if (type.typeId === Type.Struct) return type.children.every((child: Field) => hasText(child.type));
  return PLAIN.includes(type.typeId);
}

function reader(batch: RecordBatch, { path: [first = '', ...rest] }: CsvColumn): (row: number) => unknown {
  const column = batch.getChild(first);
  return (row) => {
    let value: unknown = column?.get(row);
    for (const step of rest) value = (value as Readonly<Record<string, unknown>> | null)?.[step] ?? null;
    return value;
  };
}

/** Nothing at all for a null, which is not the empty text. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? jsonText(value) : String(value);
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lists and structs as JSON has them; integers of 64 bits with all their digits, NaN and infinity as texts. */
function jsonText(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if ('toArray' in value) return `[${Array.from(value as unknown as Iterable<unknown>, jsonText).join(',')}]`;
  const object = (value as { toJSON(): Readonly<Record<string, unknown>> }).toJSON();
  return `{${Object.entries(object)
    .map(([key, each]) => `${JSON.stringify(key)}:${jsonText(each)}`)
    .join(',')}}`;
}
