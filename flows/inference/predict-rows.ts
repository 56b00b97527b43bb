import { LockstepError } from '#core/errors.ts';
import { goesOn } from '#core/inference/failed-rows.ts';
import { type BadRows, isolated } from './isolate-rows.ts';
import { placed } from './placed.ts';
import type { Predicting } from './predicting.ts';
import type { SourcedBatch } from './slices.ts';
import { type PredictedRows, WaitingRows } from './waiting-rows.ts';

/**
 * Predicts batch after batch and puts each row beside its prediction, however the predictor cuts what it gives. Where it fails
 * on rows that the policy lets a run go on without, those that it has taken are asked for again, in ever smaller groups, until
 * each has its prediction or is known to fail alone; then it goes on with the rest. Rows in are rows out over all batches
 * together: LS_PREDICTION_MISCOUNTED otherwise. Errors that concern rows say in which block of which object they are.
 */
export async function* predictRows(
  source: AsyncIterable<SourcedBatch>,
  predicting: Predicting,
): AsyncGenerator<PredictedRows | BadRows, void, void> {
  const waiting = new WaitingRows(source);
  try {
    while (!(yield* onePass(waiting, predicting))) {
      for (const left of waiting.takeOver()) yield* isolated(left, predicting);
    }
  } finally {
    await waiting.close();
  }
}

/** Returns whether the source has come to its end; where not, some rows that wait cannot be predicted together. */
async function* onePass(
  waiting: WaitingRows,
  { predictor, watch, onError }: Predicting,
): AsyncGenerator<PredictedRows, boolean, void> {
  try {
    for await (const predictions of predictor.predict(waiting.rest(), watch)) yield* waiting.meet(predictions);
  } catch (error) {
    if (waiting.failure) throw waiting.failure.error;
    waiting.passEmpty();
    if (waiting.first && goesOn(onError, error)) return false;
    throw placed(error, waiting.first);
  }
  waiting.passEmpty();
  if (waiting.first) throw placed(tooFew(waiting.rows), waiting.first);
  return true;
}

const tooFew = (rows: number): LockstepError =>
  new LockstepError('LS_PREDICTION_MISCOUNTED', `the predictor returned no predictions for the last ${rows} rows`);
