import { type Data, type DataType, type Field, type RecordBatch, type Schema, TimeUnit, Type } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';

/**
 * LS_PARQUET_UNWRITABLE for a column that Parquet, or its writer, turns into another type: pyarrow reads a Parquet file as
 * the Arrow file that has the same rows, or it is not written.
 */
export function checkWritable({ fields }: Schema): void {
  for (const field of fields) checkField(field, field.name);
}

function checkField({ type }: Field, name: string): void {
  const why = unwritable(type);
  if (why) throw refusal(name, why);
  for (const child of type.children ?? []) checkField(child as Field, `${name}.${(child as Field).name}`);
}

function unwritable(type: DataType): string | undefined {
  const { unit } = type as unknown as { readonly unit?: TimeUnit };
  switch (type.typeId) {
    case Type.Timestamp:
    case Type.Time:
      return unit === TimeUnit.SECOND ? `${type}: Parquet has no times in seconds` : undefined;
    case Type.Date:
      return `${type}` === 'Date64<MILLISECOND>' ? `${type}: Parquet has dates in days` : undefined;
    case Type.Interval:
    case Type.Union:
      return `${type}: Parquet has no such type`;
    case Type.Struct:
      return type.children.length === 0 ? 'a struct without fields, which Parquet does not have' : undefined;
    case Type.Dictionary: {
      const { typeId } = (type as unknown as { readonly dictionary: DataType }).dictionary;
      return WORDS.has(typeId) ? undefined : `${type}: in Parquet only texts and bytes have a dictionary`;
    }
    default:
      return undefined;
  }
}

const WORDS = new Set<Type>([Type.Utf8, Type.LargeUtf8, Type.Binary, Type.LargeBinary]);

/** LS_PARQUET_UNWRITABLE for a null where a fixed-size list is: Parquet keeps no length for it, and pyarrow refuses the file. */
export function checkVectors({ schema, data }: RecordBatch): void {
  for (const [i, { name }] of schema.fields.entries()) checkData(data.children[i] as Data, name, false);
}

function checkData(data: Data, name: string, isWithin: boolean): void {
  const hasNull = isWithin || data.nullCount > 0;
  if (data.type.typeId === Type.FixedSizeList && hasNull) {
    throw refusal(name, `${data.type} with a null, which other readers of Parquet refuse`);
  }
  for (const [i, child] of data.children.entries()) {
    checkData(child, `${name}.${(data.type.children[i] as Field).name}`, hasNull && data.type.typeId === Type.Struct);
  }
}

const refusal = (name: string, why: string): LockstepError =>
  new LockstepError('LS_PARQUET_UNWRITABLE', `\`${name}\` is ${why}`);
