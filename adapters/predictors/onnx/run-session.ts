import ort from 'onnxruntime-node';
import { LockstepError } from '#core/errors.ts';
import type { Binding } from '#core/inference/bind.ts';
import type { ModelOutputs, ModelRows } from '#core/inference/model-output.ts';
import type { Values } from '#core/inference/prediction.ts';

/** What feeds one input: element type, and dimensions behind the rows. */
export type InputFeed = Pick<Binding, 'input' | 'element' | 'dims'>;

export interface ModelCall {
  /** What the model is called in messages. */
  readonly uri: string;
  readonly feeds: readonly InputFeed[];
  /** Names of the outputs that are wanted. */
  readonly outputs: readonly string[];
}

/** Runs the model once; its thread is blocked meanwhile. LS_PREDICTION_FAILED with what the model says. */
export async function runSession(
  session: ort.InferenceSession,
  rows: ModelRows,
  call: ModelCall,
): Promise<ModelOutputs> {
  const feeds = Object.fromEntries(
    call.feeds.map(({ input, element, dims }, i) => [
      input,
      new ort.Tensor(element as 'float32', rows.inputs[i] as Float32Array, [rows.count, ...dims]),
    ]),
  );
  const output = await session.run(feeds, [...call.outputs]).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new LockstepError('LS_PREDICTION_FAILED', `${call.uri} failed on ${rows.count} rows: ${why}`, {
      cause: error,
    });
  });
  return Object.fromEntries(Object.entries(output).map(([name, tensor]) => [name, asOutput(tensor)]));
}

/** The type stays the model's own; numbers of 16 bits are widened, which loses nothing. */
function asOutput({ type, dims, data }: ort.Tensor): ModelOutputs[string] {
  if (type !== 'float16') return { type, dims, data: data as Values };
  const { buffer, byteOffset, length } = data as Uint16Array;
  return { type, dims, data: Float32Array.from(new Float16Array(buffer, byteOffset, length)) };
}

/**
 * Gives the memory of outputs back at once. Left to the garbage collector, outputs of some hundred kilobytes pile up,
 * make it run several times a second, and every run of the model writes to memory that is cold.
 */
export function releaseOutputs(outputs: ModelOutputs): void {
  for (const { data } of Object.values(outputs)) {
    if ('buffer' in data && data.buffer instanceof ArrayBuffer) data.buffer.transfer(0);
  }
}
