/**
 * Thread that runs the model: `session.run` blocks its thread, whatever its signature says. It is bundled as an entry
 * of its own. It ends itself when asked, between two runs: terminating it inside of one aborts the whole process.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { LockstepError } from '#core/errors.ts';
import { type KernelOptions, loadKernel } from './kernel.ts';
import type { Answer, Request } from './run-worker-client.ts';
import { releaseSessions } from './session.ts';

const port = parentPort;
if (!port) throw new Error('invariant broken: this is the entry of a worker thread');

const asAnswer = (id: number, error: unknown): Answer =>
  error instanceof LockstepError
    ? { id, code: error.code, message: error.message }
    : { id, code: undefined, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };

async function answer({ id, rows }: Extract<Request, { readonly rows: unknown }>): Promise<void> {
  try {
    const { labels, scores } = await (await kernel).run(rows);
    port?.postMessage({ id, labels, scores } satisfies Answer, [labels.buffer, scores.buffer] as ArrayBuffer[]);
  } catch (error) {
    port?.postMessage(asAnswer(id, error));
  }
}

async function close(): Promise<void> {
  await kernel.catch(() => {});
  await releaseSessions();
  port?.close();
}

const kernel = loadKernel(workerData as KernelOptions);
let queue = kernel.then(
  () => port.postMessage({ id: 0, labels: new Int32Array(0), scores: new Float32Array(0) } satisfies Answer),
  (error: unknown) => port.postMessage(asAnswer(0, error)),
);
port.on('message', (request: Request) => {
  queue = queue.then(() => ('rows' in request ? answer(request) : close()));
});
