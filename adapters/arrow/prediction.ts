import { DataType, Field, Float32, Int32, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';

/** What the output holds beside the predictions. */
export interface OutputSpec {
  /** Input columns to keep: all, or those named. */
  readonly keep: 'all' | readonly string[];
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

/** LS_MODEL_MISMATCH if a column to keep is not there or the name of the predictions is taken. */
export function outputShape(input: Schema, { keep, as, provenance }: OutputSpec): OutputShape {
  const names = input.fields.map((field) => field.name);
  const missing = keep === 'all' ? undefined : keep.find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw new LockstepError(
      'LS_MODEL_MISMATCH',
      `\`output.keep\` names \`${missing}\`, the data has ${names.join(', ')}`,
    );
  }
  const kept = input.fields.flatMap((field, i) => (keep === 'all' || keep.includes(field.name) ? [i] : []));
  const fields = kept.map((i) => input.fields[i] as Field);
  if (fields.some((field) => field.name === as)) {
    throw new LockstepError(
      'LS_MODEL_MISMATCH',
      `the data has a column \`${as}\` already; choose another \`predict.as\``,
    );
  }
  const metadata = new Map([...input.metadata, ...Object.entries(provenance)]);
  const schema = new Schema([...fields, new Field(as, PREDICTION, false)], metadata, dictionariesOf(fields));
  return {
    schema,
    withPredictions(batch, labels, scores) {
      const children = kept.map((i) => batch.data.children[i] as NonNullable<(typeof batch.data.children)[number]>);
      const type = new Struct(schema.fields);
      const rows = { type, length: batch.numRows, nullCount: 0, children: [...children, struct(labels, scores)] };
      return new RecordBatch(schema, makeData(rows));
    },
  };
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
