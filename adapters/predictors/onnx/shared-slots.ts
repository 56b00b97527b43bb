import { isTexts, type TensorNumbers, type TensorValues } from '#core/inference/tensor-values.ts';

/** A tensor on memory that several threads see, and the way to give that memory back. */
export interface Slot {
  readonly values: TensorValues;
  /** Call it once, when no thread reads the values any more. */
  free(): void;
}

/**
 * Memory for tensors on their way to a worker: one copy, where a message would make two and a transfer would take the
 * batch away. Slots are used again, because memory that is new costs ten times what the copy costs. Texts are no memory that
 * threads can share: the message copies them.
 */
export function sharedSlots(): { copy(values: TensorValues): Slot } {
  const unused: SharedArrayBuffer[] = [];
  return {
    copy(values) {
      if (isTexts(values)) return { values, free: () => {} };
      const at = unused.findIndex((memory) => memory.byteLength >= values.byteLength);
      const [memory = new SharedArrayBuffer(values.byteLength)] = at < 0 ? [] : unused.splice(at, 1);
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      new Uint8Array(memory).set(bytes);
      const View = values.constructor as new (
        memory: SharedArrayBuffer,
        offset: number,
        length: number,
      ) => TensorNumbers;
      return { values: new View(memory, 0, values.length), free: () => void unused.push(memory) };
    },
  };
}
