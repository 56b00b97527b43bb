import { readFile } from 'node:fs/promises';
import ort from 'onnxruntime-node';
import { LockstepError } from '#core/errors.ts';
import type { ModelSignature } from '#core/inference/bind.ts';
import { withoutZipMap } from '#formats/onnx/zip-map.ts';
import { loadRefusal } from './load-refusal.ts';

export interface ModelFile {
  /** Path on this machine; loading from a file needs half the memory of loading from a buffer. */
  readonly path: string;
  /** What the model is called in messages. */
  readonly uri: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Version of onnxruntime, for provenance. */
export const onnxruntimeVersion: string = ort.env.versions.node ?? ort.env.versions.common;

/** Sessions of models, each made at its first use and kept: they hold memory that no garbage collection gives back. */
export class Sessions {
  readonly #open = new Map<string, Promise<ort.InferenceSession>>();

  /**
   * `threads` is explicit because the default spins on processors that the process does not have. LS_MODEL_UNREADABLE if
   * the file is not an ONNX model.
   */
  of(model: ModelFile, threads: number): Promise<ort.InferenceSession> {
    const key = `${model.sha256}/${threads}`;
    const known = this.#open.get(key);
    if (known) return known;
    const session = createSession(model, threads);
    this.#open.set(key, session);
    session.catch(() => this.#open.delete(key));
    return session;
  }

  /** Releases all of them. Nothing may run in one any more. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map(async (session) => (await session).release()));
  }
}

async function createSession({ path, uri }: ModelFile, threads: number): Promise<ort.InferenceSession> {
  const options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  try {
    const session = await ort.InferenceSession.create(path, options);
    if (session.outputMetadata.every(({ isTensor }) => isTensor)) return session;
    const rewritten = withoutZipMap(await readFile(path));
    if (!rewritten) return session;
    await session.release();
    return await ort.InferenceSession.create(rewritten, options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const { what, remedy } = loadRefusal(why, { path, uri });
    throw new LockstepError('LS_MODEL_UNREADABLE', `${uri}: ${what}`, { cause: error, ...(remedy && { remedy }) });
  }
}

/** Inputs and outputs as the model declares them. */
export function signatureOf(session: ort.InferenceSession): ModelSignature {
  const values = (metadata: readonly ort.InferenceSession.ValueMetadata[]) =>
    metadata.map((value) =>
      value.isTensor
        ? { name: value.name, type: value.type, dims: value.shape }
        : { name: value.name, type: 'something other than a tensor', dims: [] },
    );
  return { inputs: values(session.inputMetadata), outputs: values(session.outputMetadata) };
}
