import type { ModelRows } from '#core/inference/model-output.ts';
import type { Values } from '#core/inference/prediction.ts';
import { type KernelOptions, loadKernel } from './kernel.ts';
import { type RunWorker, startRunWorker } from './run-worker-client.ts';
import type { Sessions } from './session.ts';

/** Runs a model over tensors, in this thread or in others. */
export interface ModelRunner {
  /** How many calls may usefully be open at once. */
  readonly depth: number;
  /** The rows must not change until it settles. Values and errors as `Kernel.run`. */
  run(rows: ModelRows): Promise<readonly Values[]>;
  /** Waits for what is running, then gives up threads. */
  close(): Promise<void>;
}

/** Starts every worker, or none. */
async function startAll(options: KernelOptions, workers: number): Promise<RunWorker[]> {
  const results = await Promise.allSettled(Array.from({ length: workers }, () => startRunWorker(options)));
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return started;
  await Promise.all(started.map((worker) => worker.close()));
  throw failed.reason;
}

/**
 * `workers` 0 runs the model in this thread, which is best with one processor: reading ahead goes on in the network
 * stack meanwhile. With more processors each worker has a session and a thread of its own, and this thread only reads,
 * decodes and writes. LS_MODEL_UNREADABLE.
 */
export async function openModelRunner(
  sessions: Sessions,
  options: KernelOptions,
  workers: number,
): Promise<ModelRunner> {
  if (workers === 0) {
    const kernel = await loadKernel(sessions, options);
    return { depth: 1, run: (rows) => kernel.run(rows), close: async () => {} };
  }
  const started = await startAll(options, workers);
  let turn = 0;
  return {
    // One batch in work and one waiting for each worker, so that none stands still while a result is written.
    depth: 2 * workers,
    run: (rows) => (started[turn++ % workers] as RunWorker).run(rows),
    close: async () => void (await Promise.all(started.map((worker) => worker.close()))),
  };
}
