import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { Evaluation } from '#core/job/job.ts';

export interface Evaluated {
  /** Rows that counted: those of `where` whose label is known. */
  readonly rows: number;
  /** Share of them whose predicted label is the true one; NaN if none counted. */
  readonly accuracy: number;
}

/** Holds predictions against what is known: `as` is the struct column that has the predicted `label`. */
export async function evaluate(
  batches: AsyncIterable<RecordBatch> | Iterable<RecordBatch>,
  { label, where }: Evaluation,
  as: string,
): Promise<Evaluated> {
  let [rows, correct] = [0, 0];
  for await (const batch of batches) {
    const truth = column(batch, label);
    const predicted = column(batch, as).getChild('label');
    if (predicted === null) throw missing(`${as}.label`, batch);
    const filters = Object.entries(where).map(([name, value]) => ({ values: column(batch, name), value }));
    for (let row = 0; row < batch.numRows; row++) {
      if (filters.some(({ values, value }) => String(values.get(row)) !== value)) continue;
      const known: unknown = truth.get(row);
      if (known === null) continue;
      rows += 1;
      if (isSame(known, predicted.get(row))) correct += 1;
    }
  }
  return { rows, accuracy: correct / rows };
}

/** Texts by their letters, numbers of whatever type by their value. */
const isSame = (known: unknown, predicted: unknown): boolean =>
  typeof known === 'string' || typeof predicted === 'string'
    ? String(known) === String(predicted)
    : Number(known) === Number(predicted);

function column(batch: RecordBatch, name: string) {
  const found = batch.getChild(name);
  if (found === null) throw missing(name, batch);
  return found;
}

const missing = (name: string, { schema }: RecordBatch): LockstepError =>
  new LockstepError('LS_JOB_INVALID', `evaluate needs the column ${name}; the output has ${schema.names.join(', ')}`, {
    remedy: 'Keep the column with `output.keep` of the inference job, or name another in `evaluate`.',
  });
