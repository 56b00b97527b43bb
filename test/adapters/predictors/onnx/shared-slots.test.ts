import { describe, expect, it } from 'vitest';
import { type Slot, sharedSlots } from '#adapters/predictors/onnx/shared-slots.ts';

describe('sharedSlots', () => {
  it('hands out memory again only after it was freed, and never more of it than the values fill', () => {
    const slots = sharedSlots();
    const copy = (...values: number[]) => slots.copy(Float32Array.from(values)) as Slot & { values: Float32Array };
    const first = copy(1, 2, 3);
    const second = copy(4, 5);
    expect(second.values.buffer).not.toBe(first.values.buffer);
    first.free();
    const third = copy(6);
    expect(third.values.buffer).toBe(first.values.buffer);
    expect([...third.values]).toEqual([6]);
    expect([...second.values]).toEqual([4, 5]);
    expect(third.values.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it('keeps the element type, also of a view that starts in the middle', () => {
    const view = new BigInt64Array([1n, 2n, 3n]).subarray(1);
    expect(sharedSlots().copy(view).values).toEqual(BigInt64Array.from(view));
  });

  it('passes texts on as they are: the message to the thread copies them', () => {
    const texts = ['a', ''];
    const slot = sharedSlots().copy(texts);
    slot.free();
    expect(slot.values).toBe(texts);
  });
});
