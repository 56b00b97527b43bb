import type { Held, ParquetDecoder, RowsWanted } from '#formats/parquet/decoder.ts';
import { neighbours } from '#formats/read-ahead/ranges.ts';
import { WorkerThread } from './worker-thread.ts';

export interface WorkerDecoderOptions {
  /** What the threads run. @default the entry beside this file */
  readonly entry?: URL;
  /** What an answer may take at least: a machine may be busy. @default 30 s */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 30_000;
/** What decodes more slowly than this is taken for something that never ends: a hundredth of the slowest codec. */
const SLOWEST_BYTES_PER_MS = 1_000;
/** The memory of a decoder never shrinks. A thread that holds more is not kept. */
const KEPT_BYTES = 256 * 1024 * 1024;

/** What the threads run, beside this file: as TypeScript in the source tree, as the bundle's own entry in an asset. */
export function parquetWorkerFile(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? './parquet-worker.ts' : './parquet-worker.cjs', here);
}

/**
 * Decodes in threads: what crashes or never ends takes only its thread with it. Row groups that are decoded at the same
 * time have a thread each, which serves one after the other and is kept warm. None keeps the process alive.
 */
export function workerDecoder(options: WorkerDecoderOptions = {}): ParquetDecoder {
  const { entry = parquetWorkerFile(), patienceMs = PATIENCE_MS } = options;
  const unused: WorkerThread[] = [];
  /** Footers are read one after the other: a plan asks for many at once, and one thread is faster than they arrive. */
  let footers: Promise<unknown> = Promise.resolve();

  const take = async (): Promise<WorkerThread> => unused.pop() ?? (await WorkerThread.start(entry));
  const give = async (thread: WorkerThread): Promise<void> => {
    if (!thread.isUsable) return;
    if (thread.memoryBytes > KEPT_BYTES) await thread.stop();
    else unused.push(thread);
  };
  const schemaOf = async (end: Held): Promise<Uint8Array> => {
    const thread = await take();
    try {
      return (await thread.ask({ ask: 'schema', end }, { patienceMs })) as Uint8Array;
    } finally {
      await give(thread);
    }
  };

  return {
    schema(end) {
      const schema = footers.then(() => schemaOf(end));
      footers = schema.catch(() => {});
      return schema;
    },
    async *rows(wanted) {
      const thread = await take();
      try {
        yield* rowsOf(thread, wanted, patienceMs + wanted.decodedBytes / SLOWEST_BYTES_PER_MS);
      } finally {
        await give(thread);
      }
    },
  };
}

/** The next batch is decoded while the one before it is used. */
async function* rowsOf(
  thread: WorkerThread,
  wanted: RowsWanted,
  patienceMs: number,
): AsyncGenerator<Uint8Array, void, void> {
  const chunks = copied(wanted.chunks);
  const transfer = chunks.map(({ bytes }) => bytes.buffer);
  let next = thread.ask({ ask: 'rows', wanted: { ...wanted, chunks } }, { patienceMs, transfer });
  let isOver = false;
  try {
    for (;;) {
      const bytes = await next;
      isOver = bytes === undefined;
      if (bytes === undefined) return;
      next = thread.ask({ ask: 'next' }, { patienceMs });
      // Its rejection is met when its turn comes; until then it must not count as unhandled.
      next.catch(() => {});
      yield bytes;
    }
  } finally {
    await next.catch(() => {});
    if (!isOver && thread.isUsable) await thread.ask({ ask: 'end' }, { patienceMs }).catch(() => {});
  }
}

/** The memory of a read is used again, so it cannot be given away. What lies directly behind each other becomes one. */
function copied(chunks: readonly Held[]): (Held & { readonly bytes: Uint8Array<ArrayBuffer> })[] {
  const extents = chunks.map(({ offset, bytes }) => ({ offset, sizeBytes: bytes.length, bytes }));
  return neighbours(extents, Number.POSITIVE_INFINITY).map((group) => {
    const offset = group[0]?.offset ?? 0;
    const bytes = new Uint8Array(group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    for (const each of group) bytes.set(each.bytes, each.offset - offset);
    return { offset, bytes };
  });
}
