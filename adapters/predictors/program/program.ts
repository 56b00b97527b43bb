import { type RecordBatch, tableFromIPC } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { PredictionField } from '#core/inference/prediction.ts';
import { PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { batchBytes } from './batch-bytes.ts';
import type { Incoming } from './incoming.ts';
import type { ToProgram } from './messages.ts';
import { RowsWithout } from './rows-without.ts';

/** Predictions, with what the program said that they are. */
export interface GivenRows {
  readonly batch: RecordBatch;
  readonly fields: readonly PredictionField[];
}

/** A program of the user's that is loaded somewhere of its own. */
export interface LoadedProgram {
  /** Software that decides what it predicts, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** False once it has ended or was ended, after which it predicts nothing. */
  readonly isUsable: boolean;
  /**
   * One pass over rows; one at a time. LS_PREDICTION_FAILED, LS_PREDICTION_MISCOUNTED, LS_PREDICTION_TIMEOUT or
   * LS_PREDICTOR_DIED with the rows that had no predictions yet.
   */
  predict(
    batches: AsyncIterable<RecordBatch>,
    fields?: readonly PredictionField[],
  ): AsyncGenerator<GivenRows, void, void>;
  close(): Promise<void>;
}

/** The way to a program, wherever it runs. */
export interface Channel {
  /** What it is called in messages. */
  readonly name: string;
  readonly incoming: Incoming;
  say(message: ToProgram): void;
  /** Ends it, with all that it started. */
  close(): Promise<void>;
}

/** Waits until the program is loaded. LS_MODEL_UNREADABLE. */
export async function loadedProgram(channel: Channel): Promise<LoadedProgram> {
  const { incoming, close, name } = channel;
  const first = await incoming.next();
  if (!('loaded' in first)) {
    await close();
    const why = 'failed' in first ? first.failed : 'it did not load';
    throw new LockstepError('LS_MODEL_UNREADABLE', `${name} cannot be loaded: ${why}`);
  }
  const buffer = new PartBuffer();
  return {
    versions: first.versions,
    get isUsable() {
      return incoming.isOpen;
    },
    close,
    predict: (batches, fields) => onePass(channel, buffer, batches, fields),
  };
}

async function* onePass(
  { incoming, say, close }: Channel,
  buffer: PartBuffer,
  batches: AsyncIterable<RecordBatch>,
  fields: readonly PredictionField[] | undefined,
): AsyncGenerator<GivenRows, void, void> {
  const rows = batches[Symbol.asyncIterator]();
  const waiting = new RowsWithout();
  let isOver = false;
  try {
    say({ begin: true, ...(fields && { fields }) });
    for (;;) {
      const message = await incoming.next();
      if ('wants' in message) {
        const { value, done } = await rows.next();
        if (!done) waiting.take(value.numRows);
        say(done ? { end: true } : { rows: batchBytes(value, buffer) });
      } else if ('given' in message) {
        for (const batch of tableFromIPC(message.given).batches) {
          waiting.meet(batch.numRows);
          yield { batch, fields: message.fields };
        }
      } else if ('failed' in message) {
        // What still runs has ended this pass by itself, and can begin another without being loaded again.
        isOver = incoming.isOpen;
        const said = [waiting.text, message.failed].filter((text) => text !== undefined).join(': ');
        throw new LockstepError(message.code ?? 'LS_PREDICTION_FAILED', said);
      } else if ('done' in message) {
        isOver = true;
        return;
      }
    }
  } finally {
    // It is in the middle of a pass, which only its end ends.
    if (!isOver) await close();
    await rows.return?.();
  }
}
