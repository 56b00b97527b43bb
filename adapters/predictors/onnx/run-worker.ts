/**
 * Thread that runs the model: `session.run` blocks its thread, whatever its signature says. It is bundled as an entry
 * of its own. It ends itself when asked, between two runs: terminating it inside of one aborts the whole process.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { invariant, LockstepError } from '#core/errors.ts';
import { type KernelOptions, loadKernel } from './kernel.ts';
import type { WorkerAnswer, WorkerRequest } from './run-worker-client.ts';
import { Sessions } from './session.ts';

const port = parentPort;
invariant(port, 'this is the entry of a worker thread');
const sessions = new Sessions();

const asAnswer = (id: number, error: unknown): WorkerAnswer =>
  error instanceof LockstepError
    ? { id, code: error.code, message: error.message }
    : { id, code: undefined, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };

async function answer({ id, rows }: Extract<WorkerRequest, { readonly rows: unknown }>): Promise<void> {
  try {
    const values = await (await kernel).run(rows);
    const buffers = values.flatMap((one) => ('buffer' in one ? [one.buffer as ArrayBuffer] : []));
    port?.postMessage({ id, values } satisfies WorkerAnswer, buffers);
  } catch (error) {
    port?.postMessage(asAnswer(id, error));
  }
}

async function close(): Promise<void> {
  await kernel.catch(() => {});
  await sessions.close();
  port?.close();
}

const kernel = loadKernel(sessions, workerData as KernelOptions);
let queue = kernel.then(
  () => port.postMessage({ id: 0, values: [] } satisfies WorkerAnswer),
  (error: unknown) => port.postMessage(asAnswer(0, error)),
);
port.on('message', (request: WorkerRequest) => {
  queue = queue.then(() => ('rows' in request ? answer(request) : close()));
});
