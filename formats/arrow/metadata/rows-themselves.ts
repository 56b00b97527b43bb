import { Schema } from 'apache-arrow';
import { DEAD_LETTERS } from '#core/inference/dead-letters.ts';

/** The columns of a table, without the one that says why its rows were set aside, where it is a file of dead letters. */
export function rowsThemselves(schema: Schema): Schema {
  const reason = schema.metadata.get(DEAD_LETTERS);
  if (reason === undefined) return schema;
  const fields = schema.fields.filter(({ name }) => name !== reason);
  return new Schema(fields, schema.metadata, schema.dictionaries);
}
