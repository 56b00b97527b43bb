import { LockstepError } from '#core/errors.ts';
import type { ExactBatches } from '#core/inference/batching.ts';
import type { ModelRows } from '#core/inference/model-output.ts';
import { isTexts, type TensorNumbers, type TensorValues, valuesBetween } from '#core/inference/tensor-values.ts';

/** The rows as a call of exactly so many: a last one that is too short is filled with copies of its last row, or refused. */
export function exactCall(rows: ModelRows, { rows: wanted, tail }: ExactBatches): ModelRows {
  if (rows.count === wanted) return rows;
  if (tail === 'refuse') {
    const got = `the last call of a record batch would have ${rows.count}`;
    throw new LockstepError('LS_BATCH_TAIL', `expected ${wanted} rows a call, as \`predict.batchRows\` says; ${got}`);
  }
  return { count: wanted, inputs: rows.inputs.map((values) => padded(values, rows.count, wanted)) };
}

function padded(values: TensorValues, rows: number, wanted: number): TensorValues {
  const width = values.length / rows;
  const last = valuesBetween(values, (rows - 1) * width, rows * width);
  if (isTexts(values)) return [...values, ...Array.from({ length: wanted - rows }, () => last as string[]).flat()];
  const filled = new (values.constructor as new (length: number) => TensorNumbers)(width * wanted);
  filled.set(values as never);
  for (let row = rows; row < wanted; row++) filled.set(last as never, row * width);
  return filled;
}
