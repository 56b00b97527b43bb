import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, LockstepError } from '#core/errors.ts';
import type { Held, RowsWanted } from '#formats/parquet/decoder.ts';

/** One thing at a time: each is answered before the next is asked. */
export type DecoderRequest =
  | { readonly ask: 'schema'; readonly end: Held }
  /** Answered, like `next`, with the bytes of a batch or with the end. */
  | { readonly ask: 'rows'; readonly wanted: RowsWanted }
  | { readonly ask: 'next' }
  /** No more rows are wanted. Answered with the end. */
  | { readonly ask: 'end' }
  /** An IPC stream is to be encoded; the first one begins a file. Answered with the bytes that are made by then. */
  | { readonly ask: 'encode'; readonly stream: Uint8Array }
  /** The file that was begun is whole. Answered with the rest of its bytes. */
  | { readonly ask: 'encoded' };

export type DecoderAnswer =
  | { readonly bytes: Uint8Array }
  /** The end, and what the decoder holds. The first one says that the thread has started. */
  | { readonly memoryBytes: number }
  | { readonly code: ErrorCode; readonly message: string };

export interface AskOptions {
  /** Milliseconds after which the thread is given up. */
  readonly patienceMs: number;
  readonly transfer?: readonly ArrayBuffer[];
}

/** For an answer that is there already, behind a timer, when this thread was busy all the while. */
const SECOND_LOOK_MS = 1_000;

/** A thread that is asked one thing after the other. It keeps the process alive only while an answer is waited for. */
export class WorkerThread {
  readonly #worker: Worker;
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #isStarted = false;
  #ended: Error | undefined;
  #memoryBytes = 0;

  private constructor(entry: URL) {
    this.#worker = new Worker(entry);
    this.#worker.on('message', (answer: DecoderAnswer) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#end(this.#isStarted && !isOutOfMemory(error) ? crashed(error) : error));
    this.#worker.on('exit', (code) =>
      this.#end(new Error(`a thread that decodes Parquet ended with exit code ${code}`)),
    );
  }

  static async start(entry: URL): Promise<WorkerThread> {
    const thread = new WorkerThread(entry);
    await thread.#answer();
    thread.#isStarted = true;
    return thread;
  }

  /** Whether it can be asked for more. */
  get isUsable(): boolean {
    return this.#ended === undefined;
  }

  /** What its decoder held when it last came to an end. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** The bytes that it answers with; undefined for the end. LS_PARQUET_CORRUPT where it fails, or is silent for too long. */
  async ask(request: DecoderRequest, { patienceMs, transfer = [] }: AskOptions): Promise<Uint8Array | undefined> {
    if (this.#ended) throw this.#ended;
    const answer = this.#answer();
    this.#worker.postMessage(request, transfer);
    const asked = new AbortController();
    try {
      return await Promise.race([answer, this.#giveUp(patienceMs, asked.signal)]);
    } finally {
      asked.abort();
    }
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  async #giveUp(patienceMs: number, signal: AbortSignal): Promise<undefined> {
    try {
      await delay(patienceMs, undefined, { signal });
      await delay(SECOND_LOOK_MS, undefined, { signal });
    } catch {
      return;
    }
    this.#end(new LockstepError('LS_PARQUET_CORRUPT', `decoding did not end within ${patienceMs / 1000} s`));
    await this.stop();
  }

  #answer(): Promise<Uint8Array | undefined> {
    this.#waiting = Promise.withResolvers();
    this.#worker.ref();
    return this.#waiting.promise;
  }

  #settle(answer: DecoderAnswer): void {
    const waiting = this.#answered();
    if ('code' in answer) waiting?.reject(new LockstepError(answer.code, answer.message));
    else if ('bytes' in answer) waiting?.resolve(answer.bytes);
    else {
      this.#memoryBytes = answer.memoryBytes;
      waiting?.resolve(undefined);
    }
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#answered()?.reject(this.#ended);
  }

  #answered(): PromiseWithResolvers<Uint8Array | undefined> | undefined {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#worker.unref();
    return waiting;
  }
}

const isOutOfMemory = (error: Error): boolean => 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';

const crashed = (error: Error): LockstepError =>
  new LockstepError('LS_PARQUET_CORRUPT', `the decoder failed on it (${error.message})`, { cause: error });
