import { isUtf8 } from 'node:buffer';
import { type Data, DataType } from 'apache-arrow';
import { broken, type ColumnPlace } from './corrupt.ts';
import { isValidIn } from './validity.ts';

const VIEW_BYTES = 16;
/** Values up to this length lie within their view. */
const INLINE_BYTES = 12;

/**
 * Checks a column of string views or binary views: every value lies within the buffer that its view names and begins
 * with what the view says, a short one is filled up with zeros, and text is UTF-8.
 */
export function checkViews(data: Data, at: ColumnPlace): void {
  const { values, length, variadicBuffers } = data;
  const bytes = values as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isText = DataType.isUtf8View(data.type);
  const isValid = isValidIn(data);
  for (let row = 0; row < length; row++) {
    if (!isValid(row)) continue;
    const value = valueAt({ view, bytes, start: row * VIEW_BYTES }, variadicBuffers);
    if (!value) throw broken(at, `the view of row ${row} does not fit its buffers`);
    if (isText && !isValidText(value)) throw broken(at, `row ${row} is not UTF-8`);
  }
}

/** Short values are mostly ASCII, and looking is faster than a call. */
function isValidText(bytes: Uint8Array): boolean {
  if (bytes.length > INLINE_BYTES) return isUtf8(bytes);
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) >= 0x80) return isUtf8(bytes);
  return true;
}

interface View {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly start: number;
}

/** The bytes of one value; undefined where its view cannot be right. */
function valueAt({ view, bytes, start }: View, buffers: readonly Uint8Array[]): Uint8Array | undefined {
  const size = view.getInt32(start, true);
  if (size < 0) return undefined;
  if (size <= INLINE_BYTES) {
    for (let i = start + 4 + size; i < start + VIEW_BYTES; i++) if (bytes[i] !== 0) return undefined;
    return bytes.subarray(start + 4, start + 4 + size);
  }
  const buffer = buffers[view.getInt32(start + 8, true)];
  const offset = view.getInt32(start + 12, true);
  if (!buffer || offset < 0 || offset + size > buffer.length) return undefined;
  for (let i = 0; i < 4; i++) if (buffer[offset + i] !== bytes[start + 4 + i]) return undefined;
  return buffer.subarray(offset, offset + size);
}
