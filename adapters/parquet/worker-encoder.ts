import { LockstepError } from '#core/errors.ts';
import type { FileEncoder } from '#formats/parquet/encode/encoder.ts';
import { parquetWorkerFile } from './worker-decoder.ts';
import { type DecoderRequest, WorkerThread } from './worker-thread.ts';

/** What an answer may take: a row group is compressed meanwhile. */
const PATIENCE_MS = 120_000;

/** Encodes one file in a thread of its own, which ends with it: what crashes takes only its thread along. */
export async function workerEncoder(entry = parquetWorkerFile()): Promise<FileEncoder> {
  const thread = await WorkerThread.start(entry);
  const ask = async (request: DecoderRequest): Promise<Uint8Array> => {
    try {
      return (await thread.ask(request, { patienceMs: PATIENCE_MS })) ?? new Uint8Array(0);
    } catch (failed) {
      // A thread that crashed says so of a decoder; what it crashed on is the cause.
      const cause = (failed as Error).cause ?? failed;
      throw new LockstepError('LS_PARQUET_UNWRITABLE', `the Parquet writer failed: ${(cause as Error).message}`, {
        cause,
      });
    }
  };
  return {
    write: (stream) => ask({ ask: 'encode', stream }),
    finish: () => ask({ ask: 'encoded' }),
    stop: () => thread.stop(),
  };
}
