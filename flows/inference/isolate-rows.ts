import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import { classOf, type FailedRow, goesOn } from '#core/inference/failed-rows.ts';
import { afterFailure, afterSuccess, nextCall, type RowRange, searchAmong } from '#core/inference/isolate.ts';
import type { RowClass } from '#core/job/row-policy.ts';
import { placed } from './placed.ts';
import type { Predicting } from './predicting.ts';
import { type LeftRows, type PredictedRows, slice } from './waiting-rows.ts';

/** Rows without a prediction. */
export interface BadRows {
  /** A view of the memory that it was read to. */
  readonly batch: RecordBatch;
  /** The first of them, and why they have none. */
  readonly bad: FailedRow;
  /** Gives that memory back. */
  readonly release: () => void;
}

/** The rows of one batch, on which a predictor has failed: each with its prediction, or as one that has none. */
export async function* isolated(
  { sourced, from }: LeftRows,
  { rowsTogether = 1, ...predicting }: Predicting,
): AsyncGenerator<PredictedRows | BadRows, void, void> {
  const { batch, uri, block, firstRow, release } = sourced;
  const rowsOf = (call: RowRange) => {
    const first = from + call.from * rowsTogether;
    return { first, rows: slice(batch, first, Math.min(batch.numRows, from + call.to * rowsTogether) - first) };
  };
  const releaseAt = (end: number) => (end === batch.numRows ? release : () => {});
  if (from === batch.numRows) release();
  let search = searchAmong(Math.ceil((batch.numRows - from) / rowsTogether));
  for (let call = nextCall(search); call; call = nextCall(search)) {
    const { first, rows } = rowsOf(call);
    const answer = await asked(rows, predicting);
    if ('predictions' in answer) {
      search = afterSuccess(search, call);
      for (const each of paired(rows, answer.predictions)) yield { ...each, release: () => {} };
      releaseAt(first + rows.numRows)();
      continue;
    }
    const after = afterFailure(search, call);
    search = after.search;
    if (!after.isBad) continue;
    if (!goesOn(predicting.onError, answer.error)) throw placed(answer.error, sourced);
    const { code } = answer.error;
    const place = { uri, block, row: firstRow + first };
    const bad = { ...place, class: classOf(answer.error) as RowClass, code, message: ofOneRow(answer.error) };
    yield { batch: rows, bad, release: releaseAt(first + rows.numRows) };
  }
}

/** Without the place of a row among those that were asked for: it is the first, wherever it lies. */
const ofOneRow = ({ message }: LockstepError): string =>
  message.replace(/ (?:in row 0 of a record batch|\(row 0 of a record batch\))/, '');

type Answer = { readonly predictions: readonly RecordBatch[] } | { readonly error: LockstepError };

/** All predictions of some rows by themselves, or the error of rows that came instead. */
async function asked(rows: RecordBatch, { predictor, watch }: Predicting): Promise<Answer> {
  const predictions: RecordBatch[] = [];
  let count = 0;
  try {
    for await (const each of predictor.predict(one(rows), watch)) {
      predictions.push(each);
      count += each.numRows;
    }
  } catch (error) {
    if (error instanceof LockstepError && classOf(error) !== undefined) return { error };
    throw error;
  }
  if (count === rows.numRows) return { predictions };
  const message = `the predictor returned ${count} rows for ${rows.numRows} that it was given by themselves`;
  throw new LockstepError('LS_PREDICTION_MISCOUNTED', message);
}

async function* one(rows: RecordBatch): AsyncGenerator<RecordBatch, void, void> {
  yield rows;
}

function* paired(
  rows: RecordBatch,
  predictions: readonly RecordBatch[],
): Generator<Omit<PredictedRows, 'release'>, void, void> {
  let at = 0;
  for (const each of predictions) {
    yield { batch: slice(rows, at, each.numRows), predictions: each };
    at += each.numRows;
  }
}
