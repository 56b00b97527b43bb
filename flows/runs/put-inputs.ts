import { inputName } from '#core/inference/sent-job.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import type { RunPorts } from './ports.ts';

/** A file of rows that whoever starts a run brings along. */
export interface RunInput {
  /** Its path as whoever starts the run calls it; the last part of it is its name in the run. */
  readonly name: string;
  /** Its path below the folder that the job names; undefined where the job names the file itself. */
  readonly below?: string | undefined;
  readonly sizeBytes: number;
  /** Its path, where it is a file of this machine. */
  readonly file?: string;
  /** Its bytes as they come. LS_DATA_UNREADABLE if they cannot be read. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** How far inputs are uploaded. */
export interface UploadEvent {
  readonly kind: 'upload';
  readonly doneBytes: number;
  readonly ofBytes: number;
}

export interface PutInputsOptions {
  readonly inputs: readonly RunInput[];
  readonly uriOf: (name: string) => string;
  readonly signal?: AbortSignal;
  readonly onUpload?: (event: UploadEvent) => void;
}

/** Files under way at once, of which no more than this is in memory, unless one alone has parts of more. */
const FILES_AT_ONCE = 8;
const BYTES_AT_ONCE = 64 * 2 ** 20;

/**
 * Puts inputs under numbered names, so that their order stays and two of the same name do not collide. A file of any size
 * streams: no more of it is in memory than the parts that are under way. Small files go several at once.
 */
export async function putInputs(
  { objects }: Pick<RunPorts, 'objects'>,
  { inputs, uriOf, signal, onUpload = () => {} }: PutInputsOptions,
): Promise<void> {
  const ofBytes = inputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  const tell = (bytes: number) => {
    doneBytes += bytes;
    onUpload({ kind: 'upload', doneBytes, ofBytes });
  };
  const put = async ([i, { name, sizeBytes, file, chunks }]: [number, RunInput]) => {
    let sentBytes = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks()) {
        yield chunk;
        sentBytes += chunk.byteLength;
        tell(chunk.byteLength);
      }
    }
    const options = { sizeBytes, ...(file !== undefined && { file }), ...(signal !== undefined && { signal }) };
    await objects.upload(uriOf(inputName(i, name)), counted(), options);
    // A store that took the file itself asked for no bytes.
    if (sentBytes < sizeBytes) tell(sizeBytes - sentBytes);
  };
  const largest = Math.max(1, ...inputs.map(({ sizeBytes }) => sizeBytes));
  const depth = Math.max(1, Math.min(FILES_AT_ONCE, Math.floor(BYTES_AT_ONCE / largest)));
  for await (const _put of ordered(inputs.entries(), depth, put));
}
