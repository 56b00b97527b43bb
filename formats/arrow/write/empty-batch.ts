import { type Data, DataType, makeData, RecordBatch, type Schema, Struct, Vector } from 'apache-arrow';

/** A batch without rows: apache-arrow makes none itself of columns that have others in them. */
export function emptyBatch(schema: Schema): RecordBatch {
  const children = schema.fields.map(({ type }) => emptyData(type));
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: 0, nullCount: 0, children }));
}

function emptyData(type: DataType): Data {
  if (DataType.isDictionary(type)) {
    return makeData({ type, length: 0, dictionary: new Vector([emptyData(type.dictionary)]) });
  }
  const children = (type.children ?? []).map((child) => emptyData(child.type));
  const [child] = children;
  return makeData({ type: type as Struct, length: 0, nullCount: 0, children, ...(child && { child }) });
}
