import { Worker } from 'node:worker_threads';
import { type ErrorCode, LockstepError } from '#core/errors.ts';
import type { ModelRows } from '#core/inference/model-output.ts';
import type { Values } from '#core/inference/prediction.ts';
import type { KernelOptions } from './kernel.ts';
import { sharedSlots } from './shared-slots.ts';

export type WorkerRequest = { readonly id: number; readonly rows: ModelRows } | { readonly close: true };

/** Id 0 says that the model is loaded, or why it is not. */
export type WorkerAnswer =
  | { readonly id: number; readonly values: readonly Values[] }
  | { readonly id: number; readonly code: ErrorCode | undefined; readonly message: string };

export interface RunWorker {
  run(rows: ModelRows): Promise<readonly Values[]>;
  /** Waits for the runs that were asked for, then for the end of the thread. */
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
  const answers = new Answers();
  worker.on('message', (answer: WorkerAnswer) => answers.settle(answer));
  worker.on('error', (error) => answers.end(error));
  const exited = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      answers.end(new Error(`a run worker ended with exit code ${code}`));
      resolve();
    });
  });
  const close = async (): Promise<void> => {
    worker.postMessage({ close: true } satisfies WorkerRequest);
    await exited;
  };

  await answers.to(0).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const slots = sharedSlots();
  let last = 0;
  return {
    async run({ count, inputs }) {
      const id = ++last;
      const shared = inputs.map((values) => slots.copy(values));
      const answer = answers.to(id);
      worker.postMessage({ id, rows: { count, inputs: shared.map(({ values }) => values) } } satisfies WorkerRequest);
      try {
        return await answer;
      } finally {
        for (const slot of shared) slot.free();
      }
    },
    close,
  };
}

/** Answers that are waited for. Once the worker has ended every one of them fails, and so does any later one. */
class Answers {
  readonly #waiting = new Map<number, PromiseWithResolvers<readonly Values[]>>();
  #ended: Error | undefined;

  to(id: number): Promise<readonly Values[]> {
    const answer = Promise.withResolvers<readonly Values[]>();
    if (this.#ended) answer.reject(this.#ended);
    else this.#waiting.set(id, answer);
    return answer.promise;
  }

  settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('values' in answer) waiting?.resolve(answer.values);
    else waiting?.reject(asError(answer));
  }

  end(error: Error): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended);
    this.#waiting.clear();
  }
}

function asError({ code, message }: Extract<WorkerAnswer, { readonly message: string }>): Error {
  return code === undefined ? new Error(message) : new LockstepError(code, message);
}
