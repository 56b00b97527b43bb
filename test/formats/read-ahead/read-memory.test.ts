import { describe, expect, it } from 'vitest';
import { ReadMemory } from '#formats/read-ahead/read-memory.ts';

describe('ReadMemory', () => {
  it('hands out what was given back, and never what is in use', () => {
    const memory = new ReadMemory();
    const [a, b] = [memory.take(100), memory.take(100)];
    expect(a.buffer).not.toBe(b.buffer);
    memory.give(a);
    expect(memory.take(60).buffer).toBe(a.buffer);
    expect(memory.take(60).buffer).not.toBe(b.buffer);
  });

  it('lets go of memory that is too small', () => {
    const memory = new ReadMemory();
    const small = memory.take(10);
    memory.give(small);
    const large = memory.take(20);
    memory.give(large);
    expect([memory.take(10).buffer, memory.take(10).buffer]).toEqual([large.buffer, new ArrayBuffer(10)]);
  });
});
