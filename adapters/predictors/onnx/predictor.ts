import type { Predictions } from '#core/inference/argmax.ts';
import { type KernelOptions, loadKernel, type Rows } from './kernel.ts';
import { type RunWorker, startRunWorker } from './run-worker-client.ts';

/** Predicts record batches, in this thread or in others. */
export interface Predictor {
  /** How many calls may usefully be open at once. */
  readonly depth: number;
  /** The rows must not change until it settles. Errors as `Kernel.run`. */
  predict(rows: Rows): Promise<Predictions>;
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
export async function openPredictor(options: KernelOptions, workers: number): Promise<Predictor> {
  if (workers === 0) {
    const kernel = await loadKernel(options);
    return { depth: 1, predict: (rows) => kernel.run(rows), close: async () => {} };
  }
  const started = await startAll(options, workers);
  let turn = 0;
  return {
    // One batch in work and one waiting for each worker, so that none stands still while a result is written.
    depth: 2 * workers,
    predict: (rows) => (started[turn++ % workers] as RunWorker).predict(rows),
    close: async () => void (await Promise.all(started.map((worker) => worker.close()))),
  };
}
