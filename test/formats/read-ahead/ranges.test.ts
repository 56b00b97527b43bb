import { describe, expect, it } from 'vitest';
import type { Objects } from '#core/objects/ports.ts';
import { neighbours, readRanges } from '#formats/read-ahead/ranges.ts';
import { ReadMemory } from '#formats/read-ahead/read-memory.ts';

describe('neighbours', () => {
  const range = (offset: number, sizeBytes: number) => ({ offset, sizeBytes });

  it('joins ranges that touch, up to the limit, and no others', () => {
    const ranges = [range(0, 100), range(100, 100), range(200, 100), range(400, 1000), range(1400, 10)];
    expect(neighbours(ranges, 200).map((group) => group.map((each) => each.offset))).toEqual([
      [0, 100],
      [200],
      [400],
      [1400],
    ]);
  });
});

describe('readRanges', () => {
  const ranges = Array.from({ length: 12 }, (_, i) => ({ offset: 100 * i, sizeBytes: 100 }));

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
  const source = { uri: 's3://b/o', etag: 'e', ranges };

  it('reads into the same memory again once both batches of a request are released', async () => {
    const { get, given } = counting();
    const seen: number[] = [];
    for await (const { bytes, release } of readRanges({ get }, source, {
      requestBytes: 200,
      memory: new ReadMemory(),
    })) {
      seen.push(bytes[50] ?? -1);
      release();
    }
    expect(seen).toEqual([...ranges.keys()]);
    expect(given.size).toBeLessThanOrEqual(4);
  });

  it('takes more memory rather than write over batches that are still in use', async () => {
    const { get, given } = counting();
    const frames: Uint8Array[] = [];
    for await (const { bytes } of readRanges({ get }, source, { requestBytes: 200, memory: new ReadMemory() }))
      frames.push(bytes);
    expect(frames.map((bytes) => bytes[50])).toEqual([...ranges.keys()]);
    expect(given.size).toBe(6);
  });

  it('has fewer requests open where they are large', async () => {
    const mib = 1024 ** 2;
    const large = [0, 1, 2, 3].map((i) => ({ offset: i * 20 * mib, sizeBytes: 20 * mib }));
    let open = 0;
    let most = 0;
    const get: Objects['get'] = async (uri) => {
      most = Math.max(most, ++open);
      await new Promise(setImmediate);
      open--;
      return { uri, etag: 'e', sizeBytes: 80 * mib, bytes: new Uint8Array(0) };
    };
    for await (const { range } of readRanges({ get }, { ...source, ranges: large }))
      expect(range.sizeBytes).toBe(20 * mib);
    expect(most).toBe(1);
    const small = counting();
    for await (const { release } of readRanges(small, source, { requestBytes: 100, memory: new ReadMemory() }))
      release();
    expect(small.most()).toBe(3);
  });
});
