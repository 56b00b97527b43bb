import { type Data, DataType, Field, Float32, Int32, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import type { OutputColumn } from '#core/inference/plan.ts';

/** What the output holds beside the predictions. */
export interface OutputSpec {
  /** Input columns that are kept, in the order of the output. */
  readonly columns: readonly OutputColumn[];
  /** Name of the column of predictions. */
  readonly as: string;
  /** Written into the metadata of the schema. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** Puts predictions beside the columns that are kept; made once for a partition. */
export interface OutputShape {
  readonly schema: Schema;
  /** `labels` and `scores` have a value for each row and become the struct column without a copy. */
  withPredictions(batch: RecordBatch, labels: Int32Array, scores: Float32Array): RecordBatch;
}

const PREDICTION = new Struct([new Field('label', new Int32(), false), new Field('score', new Float32(), false)]);

/** `input` is the schema of one of the objects; batches of others may have their columns in another order. */
export function outputShape(input: Schema, { columns, as, provenance }: OutputSpec): OutputShape {
  const fields = columns.map(({ name, nullable }) => {
    const { type, metadata } = input.fields[placeOf(input, name)] as Field;
    return new Field(name, type, nullable, metadata);
  });
  const metadata = new Map([...input.metadata, ...Object.entries(provenance)]);
  const schema = new Schema([...fields, new Field(as, PREDICTION, false)], metadata, dictionariesOf(fields));
  const type = new Struct(schema.fields);
  return {
    schema,
    withPredictions(batch, labels, scores) {
      const kept = columns.map(({ name }) => batch.data.children[placeOf(batch.schema, name)] as Data);
      const rows = { type, length: batch.numRows, nullCount: 0, children: [...kept, struct(labels, scores)] };
      return new RecordBatch(schema, makeData(rows));
    },
  };
}

function placeOf({ fields }: Schema, name: string): number {
  const at = fields.findIndex((field) => field.name === name);
  invariant(at >= 0, `the column \`${name}\` was planned and is not there`);
  return at;
}

/** Dictionary id → value type, of these columns and no others. */
function dictionariesOf(fields: readonly Field[]): Map<number, DataType> {
  const found = new Map<number, DataType>();
  const visit = (type: DataType): void => {
    if (DataType.isDictionary(type)) found.set(type.id, type.dictionary);
    for (const child of type.children ?? []) visit(child.type);
  };
  for (const field of fields) visit(field.type);
  return found;
}

function struct(labels: Int32Array, scores: Float32Array) {
  const length = labels.length;
  const label = makeData({ type: new Int32(), length, nullCount: 0, data: labels });
  const score = makeData({ type: new Float32(), length, nullCount: 0, data: scores });
  return makeData({ type: PREDICTION, length, nullCount: 0, children: [label, score] });
}
