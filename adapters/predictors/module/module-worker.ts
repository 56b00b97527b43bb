/**
 * Thread that runs a module of the user's: what it throws is an error of its rows, and a loop without end takes only this
 * thread with it. It is bundled as an entry of its own.
 */
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { type RecordBatch, tableFromIPC } from 'apache-arrow';
import { invariant, LockstepError } from '#core/errors.ts';
import type { PredictionField } from '#core/inference/prediction.ts';
import { returnedRows } from '#core/inference/returned.ts';
import { PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { batchShape } from '#formats/arrow/write/prediction-batch.ts';
import { batchBytes } from '../program/batch-bytes.ts';
import type { FromProgram, ToProgram } from '../program/messages.ts';
import type { ModuleThreadData } from './messages.ts';
import { passOver, type UserModule, userModule } from './user-module.ts';

const port = parentPort;
invariant(port, 'this is the entry of a worker thread');
process.setSourceMapsEnabled(true);

const say = (message: FromProgram): void =>
  port.postMessage(message, 'given' in message ? [message.given.buffer as ArrayBuffer] : []);

const buffer = new PartBuffer();

/**
 * Rows of one pass that were sent and nobody has asked for yet: one message for each that was asked for. It belongs to its
 * pass, so that what reads on when its pass is over finds an end and takes no rows of the next.
 */
class Inbox {
  readonly #there: ToProgram[] = [];
  #wake = (): void => {};
  #isOver = false;

  add(message: ToProgram): void {
    this.#there.push(message);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** As they are asked for, one batch ahead of the module: while it works on one the next is read. */
  async *batches(): AsyncGenerator<RecordBatch, void, void> {
    this.#want();
    for (;;) {
      while (this.#there.length === 0 && !this.#isOver) await new Promise<void>((resolve) => (this.#wake = resolve));
      const message = this.#there.shift();
      if (this.#isOver || !message || !('rows' in message)) return;
      this.#want();
      for (const batch of tableFromIPC(message.rows).batches) if (batch.numRows > 0) yield batch;
    }
  }

  #want(): void {
    if (!this.#isOver) say({ wants: true });
  }
}

async function pass(module: UserModule, inbox: Inbox, fields: readonly PredictionField[] | undefined): Promise<void> {
  let known = fields;
  try {
    for await (const { value, rows } of passOver(module, inbox.batches())) {
      const given = returnedRows(value, known);
      if (rows !== undefined && given.rows !== rows) throw miscounted(given.rows, rows);
      known = given.fields;
      say({ given: batchBytes(batchShape(known)(given.rows, given.values, given.valid), buffer), fields: known });
    }
    say({ done: true });
  } catch (error) {
    say({ failed: reason(error), ...(error instanceof LockstepError && { code: error.code }) });
  } finally {
    inbox.end();
  }
}

const miscounted = (rows: number, of: number): LockstepError =>
  new LockstepError('LS_PREDICTION_MISCOUNTED', `the module returned ${rows} rows for a batch of ${of}`);

/** The message, and where in the module it came from. */
function reason(error: unknown): string {
  if (error instanceof LockstepError) return error.message;
  if (!(error instanceof Error)) return `the module threw ${String(error)}`;
  const [, ...frames] = (error.stack ?? '').split('\n');
  const places = frames.filter((line) => line.startsWith('    at ') && !line.includes('module-worker')).slice(0, 3);
  return [`the module threw ${error.name}: ${error.message}`, ...places].join('\n');
}

async function main(): Promise<void> {
  try {
    const { path } = workerData as ModuleThreadData;
    const module = await userModule(await import(pathToFileURL(path).href));
    let inbox = new Inbox();
    port?.on('message', (message: ToProgram) => {
      if (!('begin' in message)) return inbox.add(message);
      inbox = new Inbox();
      void pass(module, inbox, message.fields);
    });
    say({ loaded: true, versions: { node: process.versions.node } });
  } catch (error) {
    say({ failed: reason(error) });
  }
}

void main();
