import { describe, expect, it } from 'vitest';
import { FrameReader, frameHead } from '#adapters/predictors/python/frames.ts';

const MESSAGES = [
  { header: { wants: true }, payload: new Uint8Array() },
  { header: { given: true, text: 'grün' }, payload: Uint8Array.from({ length: 1000 }, (_, i) => i) },
  { header: { done: true }, payload: new Uint8Array() },
];
const BYTES = Buffer.concat(MESSAGES.flatMap(({ header, payload }) => [frameHead(header, payload.length), payload]));

describe('messages of a Python process', () => {
  it.each([1, 3, 7, 8, 9, 100, 1000, 5000])('are found in chunks of %d bytes', (size) => {
    const reader = new FrameReader();
    const found = [];
    for (let at = 0; at < BYTES.length; at += size) found.push(...reader.push(BYTES.subarray(at, at + size)));
    expect(found).toEqual(MESSAGES);
    for (const { payload } of found) expect(payload.byteOffset).toBe(0);
  });

  it('are not taken from anything', () => {
    expect(() => new FrameReader().push(Buffer.alloc(64, 0xff))).toThrow(RangeError);
    expect(() => new FrameReader().push(Buffer.concat([frameHead({}, 0).subarray(0, 8), Buffer.from('xx')]))).toThrow(
      SyntaxError,
    );
  });
});
