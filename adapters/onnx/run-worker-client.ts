import { Worker } from 'node:worker_threads';
import { type ErrorCode, LockstepError } from '#core/errors.ts';
import type { TensorValues } from '../arrow/tensor.ts';
import type { Predictions } from './argmax.ts';
import type { KernelOptions, Rows } from './kernel.ts';

export type Request = { readonly id: number; readonly rows: Rows } | { readonly close: true };

/** Id 0 says that the model is loaded, or why it is not. */
export type Answer =
  | { readonly id: number; readonly labels: Int32Array; readonly scores: Float32Array }
  | { readonly id: number; readonly code: ErrorCode | undefined; readonly message: string };

export interface RunWorker {
  predict(rows: Rows): Promise<Predictions>;
  close(): Promise<void>;
}

/** Beside this file: as TypeScript in the source tree, as the bundle's own entry in an asset. */
function workerFile(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? './run-worker.ts' : './run-worker.cjs', here);
}

/** Starts a thread and waits until it has loaded the model. LS_MODEL_UNREADABLE. */
export async function startRunWorker(options: KernelOptions): Promise<RunWorker> {
  const worker = new Worker(workerFile(), { workerData: options });
  const open = new Map<number, PromiseWithResolvers<Predictions>>();
  const settle = (answer: Answer): void => {
    const waiting = open.get(answer.id);
    open.delete(answer.id);
    if ('labels' in answer) waiting?.resolve({ labels: answer.labels, scores: answer.scores });
    else waiting?.reject(asError(answer));
  };
  const fail = (error: Error): void => {
    for (const waiting of open.values()) waiting.reject(error);
    open.clear();
  };
  worker.on('message', settle);
  worker.on('error', fail);
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      fail(new Error(`a run worker ended with exit code ${code}`));
      resolve();
    });
  });

  const send = (id: number, request?: Request): Promise<Predictions> => {
    const waiting = Promise.withResolvers<Predictions>();
    open.set(id, waiting);
    if (request) worker.postMessage(request);
    return waiting.promise;
  };
  const close = async (): Promise<void> => {
    worker.postMessage({ close: true } satisfies Request);
    await exited;
  };

  let last = 0;
  await send(0).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { predict: (rows) => send(++last, { id: last, rows: shared(rows) }), close };
}

/** The rows on memory that both threads see: one copy, where a message would make two and a transfer takes the batch away. */
function shared({ count, inputs }: Rows): Rows {
  return { count, inputs: inputs.map((values) => (isShared(values) ? values : copyToShared(values))) };
}

const isShared = (values: TensorValues): boolean => values.buffer instanceof SharedArrayBuffer;

function copyToShared(values: TensorValues): TensorValues {
  const memory = new SharedArrayBuffer(values.byteLength);
  new Uint8Array(memory).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const View = values.constructor as new (memory: SharedArrayBuffer) => TensorValues;
  return new View(memory);
}

function asError({ code, message }: Extract<Answer, { readonly message: string }>): Error {
  return code === undefined ? new Error(message) : new LockstepError(code, message);
}
