import { Worker } from 'node:worker_threads';
import { type RecordBatch, tableFromIPC } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { PredictionField } from '#core/inference/prediction.ts';
import { PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { batchBytes } from './batch-bytes.ts';
import type { FromModule, ModuleThreadData, ToModule } from './messages.ts';

/** Predictions, with what the module said that they are. */
export interface GivenRows {
  readonly batch: RecordBatch;
  readonly fields: readonly PredictionField[];
}

/** A thread in which a module is loaded. */
export interface ModuleThread {
  /** False once it has ended or was ended, after which it predicts nothing. */
  readonly isUsable: boolean;
  /** One pass over rows; one at a time. LS_PREDICTION_FAILED with the rows that had no predictions yet. */
  predict(
    batches: AsyncIterable<RecordBatch>,
    fields?: readonly PredictionField[],
  ): AsyncGenerator<GivenRows, void, void>;
  close(): Promise<void>;
}

export interface ModuleThreadOptions {
  readonly path: string;
  /** What the module is called in messages. */
  readonly name: string;
  readonly timeoutS: number;
}

/** Beside this file: as TypeScript in the source tree, as the bundle's own entry in an asset. */
function workerFile(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? './module-worker.ts' : './module-worker.cjs', here);
}

/** Starts a thread and waits until it has loaded the module. LS_MODEL_UNREADABLE. */
export async function startModuleThread({ path, name, timeoutS }: ModuleThreadOptions): Promise<ModuleThread> {
  const worker = new Worker(workerFile(), { workerData: { path } satisfies ModuleThreadData });
  const messages = new Messages(worker, timeoutS * 1000);
  const buffer = new PartBuffer();
  const close = async (): Promise<void> => {
    await worker.terminate();
  };
  const first = await messages.next();
  if (!('loaded' in first)) {
    await close();
    const why = 'failed' in first ? first.failed : 'it did not load';
    throw new LockstepError('LS_MODEL_UNREADABLE', `${name} cannot be loaded: ${why}`);
  }
  return {
    get isUsable() {
      return messages.isOpen;
    },
    close,
    async *predict(batches, fields) {
      const rows = batches[Symbol.asyncIterator]();
      const waiting = new RowsWithout();
      const say = (message: ToModule): void =>
        worker.postMessage(message, 'rows' in message ? [message.rows.buffer as ArrayBuffer] : []);
      let isOver = false;
      try {
        say({ begin: true, ...(fields && { fields }) });
        for (;;) {
          const message = await messages.next();
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
            throw new LockstepError('LS_PREDICTION_FAILED', `${waiting.text}: ${message.failed}`);
          } else if ('done' in message) {
            isOver = true;
            return;
          }
        }
      } finally {
        // The thread is in the middle of a pass, which only its end ends.
        if (!isOver) await close();
        await rows.return?.();
      }
    },
  };
}

/** Rows that the module has and that have no predictions: what an error of its may concern. */
class RowsWithout {
  readonly #batches: number[] = [];
  #done = 0;

  take(rows: number): void {
    if (rows > 0) this.#batches.push(rows);
  }

  meet(rows: number): void {
    this.#done += rows;
    while (this.#done > 0 && this.#done >= (this.#batches[0] ?? Number.POSITIVE_INFINITY)) {
      this.#done -= this.#batches.shift() ?? 0;
    }
  }

  get text(): string {
    const [rows] = this.#batches;
    return rows === undefined ? 'after the last row' : `rows ${this.#done} to ${rows - 1}`;
  }
}

/** Messages of a worker as they are asked for. Its end, and a silence that is too long, are told as a failure. */
class Messages {
  readonly #worker: Worker;
  readonly #limitMs: number;
  readonly #there: FromModule[] = [];
  #arrived = Promise.withResolvers<void>();
  isOpen = true;

  constructor(worker: Worker, limitMs: number) {
    this.#worker = worker;
    this.#limitMs = limitMs;
    worker.on('message', (message: FromModule) => this.#add(message));
    worker.once('error', (error) => this.#end(`its thread ended: ${error.message}`));
    worker.once('exit', (code) => this.#end(`it ended its thread, with exit code ${code}`));
  }

  async next(): Promise<FromModule> {
    if (this.#there.length === 0) {
      const timer = setTimeout(() => {
        this.#end(`it gave nothing for ${this.#limitMs / 1000} s, the limit of \`predict.timeoutS\``);
        void this.#worker.terminate();
      }, this.#limitMs);
      await this.#arrived.promise;
      clearTimeout(timer);
    }
    const [message] = this.#there.splice(0, 1);
    if (this.#there.length === 0) this.#arrived = Promise.withResolvers();
    return message as FromModule;
  }

  #add(message: FromModule): void {
    this.#there.push(message);
    this.#arrived.resolve();
  }

  #end(failed: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#add({ failed });
  }
}
