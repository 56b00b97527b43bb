import type { RunPorts } from './ports.ts';

/** A file of rows that whoever starts a run brings along. */
export interface RunInput {
  /** Its own name, without a folder. */
  readonly name: string;
  readonly sizeBytes: number;
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

/**
 * Puts inputs under numbered names, so that their order stays and two of the same name do not collide. A file of any size
 * streams: no more of it is in memory than the parts that are under way.
 */
export async function putInputs(
  { objects }: Pick<RunPorts, 'objects'>,
  { inputs, uriOf, signal, onUpload = () => {} }: PutInputsOptions,
): Promise<void> {
  const ofBytes = inputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let doneBytes = 0;
  async function* counted(input: RunInput): AsyncGenerator<Uint8Array> {
    for await (const chunk of input.chunks()) {
      yield chunk;
      doneBytes += chunk.byteLength;
      onUpload({ kind: 'upload', doneBytes, ofBytes });
    }
  }
  for (const [i, input] of inputs.entries()) {
    const options = { sizeBytes: input.sizeBytes, ...(signal !== undefined && { signal }) };
    await objects.upload(uriOf(`${String(i).padStart(6, '0')}-${input.name}`), counted(input), options);
  }
}
