import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { Predictor, StageWatch } from '#core/inference/ports.ts';
import type { SourcedBatch } from './slices.ts';

/** Rows, and a prediction for each. */
export interface PredictedRows {
  /** A view of the memory that it was read to. */
  readonly batch: RecordBatch;
  readonly predictions: RecordBatch;
  /** Gives that memory back: call it when the batch is written. */
  readonly release: () => void;
}

/**
 * Predicts batch after batch and puts each row beside its prediction, however the predictor cuts what it gives. Rows in
 * are rows out over all batches together: LS_PREDICTION_FAILED otherwise. Errors that concern rows say in which block of
 * which object they are.
 */
export async function* predictRows(
  source: AsyncIterable<SourcedBatch>,
  predictor: Predictor<RecordBatch>,
  watch: StageWatch,
): AsyncGenerator<PredictedRows, void, void> {
  const waiting = new WaitingRows();
  try {
    for await (const predictions of predictor.predict(waiting.of(source), watch)) yield* waiting.meet(predictions);
  } catch (error) {
    throw placed(error, waiting.first);
  }
  waiting.passEmpty();
  if (waiting.first) throw placed(tooFew(waiting.rows), waiting.first);
}

/** Rows that a predictor has taken and that have no predictions yet, in order. */
class WaitingRows {
  readonly #batches: SourcedBatch[] = [];
  /** Rows of the first batch that have their predictions. */
  #done = 0;

  get first(): SourcedBatch | undefined {
    return this.#batches[0];
  }

  get rows(): number {
    return this.#batches.reduce((sum, { batch }) => sum + batch.numRows, -this.#done);
  }

  /** The batches alone, as they are taken. */
  async *of(source: AsyncIterable<SourcedBatch>): AsyncGenerator<RecordBatch, void, void> {
    for await (const sourced of source) {
      this.#batches.push(sourced);
      yield sourced.batch;
    }
  }

  /** Puts predictions beside the rows that have waited longest. */
  *meet(predictions: RecordBatch): Generator<PredictedRows, void, void> {
    for (let from = 0; from < predictions.numRows; ) {
      this.passEmpty();
      const first = this.#batches[0];
      if (!first) throw tooMany(predictions.numRows - from);
      const rows = Math.min(first.batch.numRows - this.#done, predictions.numRows - from);
      const isLast = this.#done + rows === first.batch.numRows;
      const batch = slice(first.batch, this.#done, rows);
      if (isLast) this.#batches.shift();
      this.#done = isLast ? 0 : this.#done + rows;
      yield { batch, predictions: slice(predictions, from, rows), release: isLast ? first.release : () => {} };
      from += rows;
    }
    this.passEmpty();
  }

  /** Batches without rows need no predictions. */
  passEmpty(): void {
    while (this.#batches[0]?.batch.numRows === 0) this.#batches.shift()?.release();
  }
}

const slice = (batch: RecordBatch, from: number, rows: number): RecordBatch =>
  from === 0 && rows === batch.numRows ? batch : batch.slice(from, from + rows);

const tooMany = (rows: number): LockstepError =>
  new LockstepError('LS_PREDICTION_FAILED', `the predictor returned ${rows} rows more than it was given`);
const tooFew = (rows: number): LockstepError =>
  new LockstepError('LS_PREDICTION_FAILED', `the predictor returned no predictions for the last ${rows} rows`);

/** Errors that speak of a row of a record batch. */
const OF_ROWS = ['LS_NULL_INPUT', 'LS_VALUE_INEXACT', 'LS_LIST_LENGTH', 'LS_PREDICTION_FAILED'];

/** Decoding names the object itself; predictors do not know where their rows come from. */
function placed(error: unknown, source: SourcedBatch | undefined): unknown {
  if (!(error instanceof LockstepError) || !source) return error;
  if (!OF_ROWS.some((code) => code === error.code)) return error;
  const message = `${source.uri}, record batch ${source.block}: ${error.message}`;
  return new LockstepError(error.code, message, { cause: error });
}
