import { describe, expect, it } from 'vitest';
import type { Objects } from '#core/objects/ports.ts';
import { readFrames } from '#formats/arrow/read/frames.ts';
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

describe('readFrames', () => {
  const blocks = Array.from({ length: 12 }, (_, i) => ({ offset: 100 * i, metadataBytes: 8, bodyBytes: 92 }));

  /** An object whose byte i is i / 100, that counts the memory it is given and the requests that are open. */
  function counting() {
    const given = new Set<ArrayBufferLike>();
    let open = 0;
    let most = 0;
    const get: Objects['get'] = async (uri, range) => {
      const { start = 0, end = 0, into = new Uint8Array(0) } = range ?? {};
      most = Math.max(most, ++open);
      given.add(into.buffer);
      await new Promise(setImmediate);
      for (let i = start; i < end; i++) into[i - start] = i / 100;
      open--;
      return { uri, etag: 'e', sizeBytes: 1200, bytes: into.subarray(0, end - start) };
    };
    return { get, given, most: () => most };
  }
  const source = (get: Objects['get']) => ({ objects: { get }, layout: { uri: 's3://b/o', etag: 'e' }, blocks });

  it('reads into the same memory again once both batches of a request are released', async () => {
    const { get, given } = counting();
    const seen: number[] = [];
    for await (const { bytes, release } of readFrames(source(get), { requestBytes: 200, memory: new ReadMemory() })) {
      seen.push(bytes[50] ?? -1);
      release();
    }
    expect(seen).toEqual([...blocks.keys()]);
    expect(given.size).toBeLessThanOrEqual(4);
  });

  it('takes more memory rather than write over batches that are still in use', async () => {
    const { get, given } = counting();
    const frames: Uint8Array[] = [];
    for await (const { bytes } of readFrames(source(get), { requestBytes: 200, memory: new ReadMemory() }))
      frames.push(bytes);
    expect(frames.map((bytes) => bytes[50])).toEqual([...blocks.keys()]);
    expect(given.size).toBe(6);
  });

  it('has fewer requests open where they are large', async () => {
    const mib = 1024 ** 2;
    const large = [0, 1, 2, 3].map((i) => ({ offset: i * 20 * mib, metadataBytes: 8, bodyBytes: 20 * mib - 8 }));
    let open = 0;
    let most = 0;
    const get: Objects['get'] = async (uri) => {
      most = Math.max(most, ++open);
      await new Promise(setImmediate);
      open--;
      return { uri, etag: 'e', sizeBytes: 80 * mib, bytes: new Uint8Array(0) };
    };
    for await (const { block } of readFrames({ ...source(get), blocks: large }))
      expect(block.bodyBytes).toBe(20 * mib - 8);
    expect(most).toBe(1);
    const small = counting();
    for await (const { release } of readFrames(source(small.get), { requestBytes: 100, memory: new ReadMemory() }))
      release();
    expect(small.most()).toBe(3);
  });
});
