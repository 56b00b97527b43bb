/** Predictions as JSON. */
import type { RecordBatch } from 'apache-arrow';
import type { JsonRow } from '#core/stream/record.ts';

/** Each row of JSON with its prediction under the name `as`, and of its own values those that are kept. */
export function answerRows(
  rows: readonly JsonRow[],
  predictions: RecordBatch,
  { as, keep }: { readonly as: string; readonly keep: 'all' | readonly string[] },
): readonly JsonRow[] {
  const columns = predictions.schema.fields.map(({ name }) => [name, predictions.getChild(name)] as const);
  return rows.map((row, at) => {
    const kept =
      keep === 'all' ? row : Object.fromEntries(keep.flatMap((name) => (name in row ? [[name, row[name]]] : [])));
    return { ...kept, [as]: Object.fromEntries(columns.map(([name, column]) => [name, jsonValue(column?.get(at))])) };
  });
}

/** One object a line. */
export const linesOf = (rows: readonly JsonRow[]): Uint8Array =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

/** Whole numbers of more than 53 bits, NaN and infinity are texts: JSON readers would change the first and refuse the others. */
function jsonValue(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object') return value;
  if ('toArray' in value) return Array.from(value as unknown as Iterable<unknown>, jsonValue);
  const fields = (value as { toJSON(): Readonly<Record<string, unknown>> }).toJSON();
  return Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, jsonValue(each)]));
}
