import type { RecordBatch } from 'apache-arrow';
import { goesOn } from '#core/inference/failed-rows.ts';
import type { UnplannedProgram } from '#core/inference/plan.ts';
import type { Predictors } from '#core/inference/ports.ts';
import type { PredictionField } from '#core/inference/prediction.ts';
import type { RowPolicy } from '#core/job/row-policy.ts';
import { SAMPLE_ROWS } from './sample-rows.ts';

/** How often the rows of a batch are halved: a program that fails on some of them is asked for an eighth at last. */
const HALVINGS = 3;
/** Batches that are tried where a program fails on all rows of one. */
const BATCHES = 8;

interface Programmed {
  readonly program: UnplannedProgram;
  readonly batches: AsyncIterable<RecordBatch>;
  readonly onError: RowPolicy;
}

/**
 * The fields that a program gives for the first rows, or for fewer or later ones where it fails on some and the run would go on
 * without those; undefined where there are none. The first error, where it fails on all that are tried.
 */
export async function programFields(
  predictors: Pick<Predictors<RecordBatch>, 'fieldsOf'>,
  { program, batches, onError }: Programmed,
): Promise<readonly PredictionField[] | undefined> {
  let refusal: unknown;
  let tried = 0;
  for await (const batch of batches) {
    for (const rows of partsOf(batch.slice(0, SAMPLE_ROWS))) {
      try {
        return await predictors.fieldsOf(program, rows);
      } catch (error) {
        if (!goesOn(onError, error)) throw error;
        refusal ??= error;
      }
    }
    tried++;
    if (tried === BATCHES) break;
  }
  if (refusal !== undefined) throw refusal;
  return undefined;
}

/** All of them, then halves, quarters and eighths. */
function* partsOf(rows: RecordBatch): Generator<RecordBatch, void, void> {
  let parts: readonly RecordBatch[] = [rows];
  for (let halved = 0; halved <= HALVINGS; halved++) {
    yield* parts;
    parts = parts.flatMap(halves);
  }
}

function halves(rows: RecordBatch): readonly RecordBatch[] {
  const middle = rows.numRows >> 1;
  return middle === 0 ? [] : [rows.slice(0, middle), rows.slice(middle)];
}
