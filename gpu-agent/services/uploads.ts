import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import type { Objects } from '#core/objects/ports.ts';

/** One file as it comes from a task. */
export interface FileBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Where the task said it before. */
  readonly sizeBytes?: number;
}

/** What was stored of it. */
export interface StoredFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Writes of the tasks of one attempt, which must all have ended before the attempt counts as clean. */
export interface Uploads {
  /** Stores a file as its bytes come, of any size, and hashes them on the way. */
  file(uri: string, body: FileBody): Promise<StoredFile>;
  /** Runs a write that makes files visible. */
  write<T>(work: () => Promise<T>): Promise<T>;
  /** Refuses new writes, ends those of files, and resolves when none is left or `patienceMs` are over. */
  close(patienceMs: number): Promise<void>;
}

export function createUploads(objects: Objects): Uploads {
  const closed = new AbortController();
  const under = new Set<Promise<unknown>>();

  const tracked = async <T>(work: () => Promise<T>): Promise<T> => {
    closed.signal.throwIfAborted();
    const running = work();
    under.add(running);
    try {
      return await running;
    } finally {
      under.delete(running);
    }
  };
  return {
    file: (uri, { chunks, sizeBytes }) =>
      tracked(async () => {
        const hash = createHash('sha256');
        async function* hashed(): AsyncGenerator<Uint8Array> {
          for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
          }
        }
        const options = { signal: closed.signal, ...(sizeBytes !== undefined && { sizeBytes }) };
        const stored = await objects.upload(uri, hashed(), options);
        return { sizeBytes: stored.sizeBytes, sha256: hash.digest('hex') };
      }),
    write: tracked,
    async close(patienceMs) {
      closed.abort(new LockstepError('LS_CANCELLED', 'the attempt is over: nothing more of it is stored'));
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, patienceMs);
      await Promise.race([Promise.allSettled(under), late]);
      clearTimeout(timer);
    },
  };
}
