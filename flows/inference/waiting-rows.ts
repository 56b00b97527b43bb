import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { SourcedBatch } from './slices.ts';

/** Rows, and a prediction for each. */
export interface PredictedRows {
  /** A view of the memory that it was read to. */
  readonly batch: RecordBatch;
  readonly predictions: RecordBatch;
  /** Gives that memory back: call it when the batch is written. */
  readonly release: () => void;
}

/** Record batches of a source, of which several passes take what is left, one after the other. */
export class WaitingRows {
  readonly #source: AsyncIterator<SourcedBatch>;
  /** Taken, and without predictions, in order. */
  readonly #batches: SourcedBatch[] = [];
  /** Rows of the first batch that have their predictions. */
  #done = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: AsyncIterable<SourcedBatch>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  get first(): SourcedBatch | undefined {
    return this.#batches[0];
  }

  get rows(): number {
    return this.#batches.reduce((sum, { batch }) => sum + batch.numRows, -this.#done);
  }

  /** Why the source gives no more; undefined where it has not failed. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The batches alone, as they are taken. The source goes on where a pass ends early. */
  async *rest(): AsyncGenerator<RecordBatch, void, void> {
    for (;;) {
      const taken = await this.#take();
      if (taken === undefined) return;
      yield taken;
    }
  }

  async #take(): Promise<RecordBatch | undefined> {
    try {
      const { value, done } = await this.#source.next();
      if (done) return undefined;
      this.#batches.push(value);
      return value.batch;
    } catch (error) {
      this.#failure = { error };
      throw error;
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

  /** Hands out what was taken and has no predictions: nothing waits any more. */
  takeOver(): readonly LeftRows[] {
    this.passEmpty();
    const left = this.#batches.splice(0).map((sourced, i) => ({ sourced, from: i === 0 ? this.#done : 0 }));
    this.#done = 0;
    return left;
  }

  /** Ends the source. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/** The rows of a batch from `from` on. */
export interface LeftRows {
  readonly sourced: SourcedBatch;
  readonly from: number;
}

export const slice = (batch: RecordBatch, from: number, rows: number): RecordBatch =>
  from === 0 && rows === batch.numRows ? batch : batch.slice(from, from + rows);

const tooMany = (rows: number): LockstepError =>
  new LockstepError('LS_PREDICTION_MISCOUNTED', `the predictor returned ${rows} rows more than it was given`);
