/**
 * Thread that decodes Parquet, or encodes it, bundled as an entry of its own. It works on one thing at a time. A trap of parquet-wasm ends
 * it, wherever it happens: nothing of the module can be used any more.
 */
import { parentPort } from 'node:worker_threads';
import { wasmMemory } from 'parquet-wasm';
import { invariant, LockstepError } from '#core/errors.ts';
import { decodeHere } from '#formats/parquet/decode/decode-here.ts';
import { encodeHere } from '#formats/parquet/encode/encode-here.ts';
import type { DecoderAnswer, DecoderRequest } from './worker-thread.ts';

const port = parentPort;
invariant(port, 'this is the entry of a worker thread');
let rows: AsyncIterator<Uint8Array> | undefined;
let file: Awaited<ReturnType<typeof encodeHere>> | undefined;

const say = (answer: DecoderAnswer, transfer: readonly ArrayBuffer[] = []) => port.postMessage(answer, transfer);
const sayEnd = () => say({ memoryBytes: wasmMemory().buffer.byteLength });

const bytesAnswer = (bytes: Uint8Array): void =>
  bytes.byteLength === bytes.buffer.byteLength
    ? say({ bytes }, [bytes.buffer as ArrayBuffer])
    : say({ bytes: Uint8Array.from(bytes) });

async function answer(request: DecoderRequest): Promise<void> {
  switch (request.ask) {
    case 'schema':
      return bytesAnswer(await decodeHere.schema(request.end));
    case 'rows':
      rows = decodeHere.rows(request.wanted)[Symbol.asyncIterator]();
      return await next();
    case 'next':
      return await next();
    case 'end':
      await rows?.return?.();
      return sayEnd();
    case 'encode':
      file ??= await encodeHere();
      return bytesAnswer(await file.write(request.stream));
    case 'encoded':
      invariant(file, 'a file is begun before it is whole');
      return bytesAnswer(await file.finish());
  }
}

async function next(): Promise<void> {
  const { done, value } = (await rows?.next()) ?? { done: true };
  if (done) sayEnd();
  else bytesAnswer(value);
}

let queue = Promise.resolve();
port.on('message', (request: DecoderRequest) => {
  queue = queue
    .then(() => answer(request))
    .catch((error: unknown) => {
      if (!(error instanceof LockstepError)) throw error;
      say({ code: error.code, message: error.message });
    });
});
sayEnd();
