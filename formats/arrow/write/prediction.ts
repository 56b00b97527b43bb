import { type Data, DataType, Field, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import { DEAD_LETTERS } from '#core/inference/dead-letters.ts';
import type { OutputColumn } from '#core/inference/plan.ts';
import { lackable, type PredictionField } from '#core/inference/prediction.ts';
import { plainData, plainType } from '../values/plain.ts';
import { arrowFields, batchShape, blankValues } from './prediction-batch.ts';

/** What the output holds beside the predictions. */
export interface OutputSpec {
  /** Input columns that are kept, in the order of the output. */
  readonly columns: readonly OutputColumn[];
  /** Name of the column of predictions, and what it holds. */
  readonly as: string;
  readonly fields: readonly PredictionField[];
  /** Whether a row may have a null for its prediction. @default false */
  readonly mayLack?: boolean;
  /** Written into the metadata of the schema. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** Puts predictions beside the columns that are kept; made once for a partition. */
export interface OutputShape {
  readonly schema: Schema;
  /** Rows, and as many rows of predictions, whose columns become one struct without a copy. */
  withPredictions(batch: RecordBatch, predictions: RecordBatch): RecordBatch;
  /** Rows whose predictions are null. */
  withoutPredictions(batch: RecordBatch): RecordBatch;
}

/** `input` is the schema of one of the objects; batches of others may have their columns in another order. */
export function outputShape(input: Schema, spec: OutputSpec): OutputShape {
  const { columns, as, mayLack = false, provenance } = spec;
  const fields = mayLack ? lackable(spec.fields) : spec.fields;
  const kept = columns.map(({ name, nullable, plain }) => {
    const { type, metadata } = input.fields[placeOf(input, name)] as Field;
    return new Field(name, plain ? plainType(type) : type, nullable, metadata);
  });
  // What was set aside once is a row like any other here.
  const own = [...input.metadata].filter(([key]) => key !== DEAD_LETTERS);
  const metadata = new Map([...own, ...Object.entries(provenance)]);
  const struct = new Struct(arrowFields(fields));
  const schema = new Schema([...kept, new Field(as, struct, mayLack)], metadata, dictionariesOf(kept));
  const type = new Struct(schema.fields);
  const blanks = batchShape(fields);
  const beside = (batch: RecordBatch, predicted: Data): RecordBatch => {
    const rows = columns.map(({ name, plain }) => {
      const data = batch.data.children[placeOf(batch.schema, name)] as Data;
      return plain ? plainData(data) : data;
    });
    const children = [...rows, predicted];
    return new RecordBatch(schema, makeData({ type, length: batch.numRows, nullCount: 0, children }));
  };
  return {
    schema,
    withPredictions(batch, predictions) {
      const length = batch.numRows;
      invariant(predictions.numRows === length, `${predictions.numRows} predictions for ${length} rows`);
      return beside(batch, makeData({ type: struct, length, nullCount: 0, children: predictions.data.children }));
    },
    withoutPredictions(batch) {
      const length = batch.numRows;
      invariant(mayLack, 'a column of predictions without nulls has none');
      // Each value by itself too, for readers that take a field and do not ask whether its struct is null.
      const valid = fields.map(({ type: of }) => (typeof of === 'string' ? new Uint8Array(length) : undefined));
      const { children } = blanks(length, blankValues(fields, length), valid).data;
      const nullBitmap = new Uint8Array((length + 7) >> 3);
      return beside(batch, makeData({ type: struct, length, nullCount: length, nullBitmap, children }));
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
