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
import { batchBytes } from './batch-bytes.ts';
import type { FromModule, ModuleThreadData, ToModule } from './messages.ts';
import { passOver, type UserModule, userModule } from './user-module.ts';

const port = parentPort;
invariant(port, 'this is the entry of a worker thread');
process.setSourceMapsEnabled(true);

const say = (message: FromModule): void =>
  port.postMessage(message, 'given' in message ? [message.given.buffer as ArrayBuffer] : []);

const buffer = new PartBuffer();

/** What was sent and nobody has asked for yet. There is one reader, and one message for each that it asked for. */
const inbox: ToModule[] = [];
let wake = (): void => {};
port.on('message', (message: ToModule) => {
  inbox.push(message);
  wake();
});

async function next(): Promise<ToModule> {
  while (inbox.length === 0) await new Promise<void>((resolve) => (wake = resolve));
  return inbox.shift() as ToModule;
}

/** Rows as they are asked for, one batch ahead of the module: while it works on one the next is read. */
async function* rowsGiven(): AsyncGenerator<RecordBatch, void, void> {
  say({ wants: true });
  for (;;) {
    const message = await next();
    if (!('rows' in message)) return;
    say({ wants: true });
    for (const batch of tableFromIPC(message.rows).batches) if (batch.numRows > 0) yield batch;
  }
}

async function pass(module: UserModule, fields: readonly PredictionField[] | undefined): Promise<void> {
  let known = fields;
  for await (const returned of passOver(module, rowsGiven())) {
    const given = returnedRows(returned, known);
    known = given.fields;
    say({ given: batchBytes(batchShape(known)(given.rows, given.values, given.valid), buffer), fields: known });
  }
  say({ done: true });
}

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
    say({ loaded: true });
    for (;;) {
      const message = await next();
      if (!('begin' in message)) continue;
      await pass(module, message.fields).catch((error: unknown) => say({ failed: reason(error) }));
    }
  } catch (error) {
    say({ failed: reason(error) });
  }
}

void main();
