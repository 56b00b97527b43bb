import { type Data, DataType, Field, makeData, RecordBatch, Schema, Struct } from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import type { OutputColumn } from '#core/inference/plan.ts';
import type { PredictionField } from '#core/inference/prediction.ts';
import { arrowFields } from './prediction-batch.ts';

/** What the output holds beside the predictions. */
export interface OutputSpec {
  /** Input columns that are kept, in the order of the output. */
  readonly columns: readonly OutputColumn[];
  /** Name of the column of predictions, and what it holds. */
  readonly as: string;
  readonly fields: readonly PredictionField[];
  /** Written into the metadata of the schema. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** Puts predictions beside the columns that are kept; made once for a partition. */
export interface OutputShape {
  readonly schema: Schema;
  /** Rows, and as many rows of predictions, whose columns become one struct without a copy. */
  withPredictions(batch: RecordBatch, predictions: RecordBatch): RecordBatch;
}

/** `input` is the schema of one of the objects; batches of others may have their columns in another order. */
export function outputShape(input: Schema, { columns, as, fields, provenance }: OutputSpec): OutputShape {
  const kept = columns.map(({ name, nullable }) => {
    const { type, metadata } = input.fields[placeOf(input, name)] as Field;
    return new Field(name, type, nullable, metadata);
  });
  const metadata = new Map([...input.metadata, ...Object.entries(provenance)]);
  const struct = new Struct(arrowFields(fields));
  const schema = new Schema([...kept, new Field(as, struct, false)], metadata, dictionariesOf(kept));
  const type = new Struct(schema.fields);
  return {
    schema,
    withPredictions(batch, predictions) {
      const length = batch.numRows;
      invariant(predictions.numRows === length, `${predictions.numRows} predictions for ${length} rows`);
      const rows = columns.map(({ name }) => batch.data.children[placeOf(batch.schema, name)] as Data);
      const predicted = makeData({ type: struct, length, nullCount: 0, children: predictions.data.children });
      return new RecordBatch(schema, makeData({ type, length, nullCount: 0, children: [...rows, predicted] }));
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
