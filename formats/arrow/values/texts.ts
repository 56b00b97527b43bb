import { isAscii } from 'node:buffer';
import { type Data, DataType, type Vector } from 'apache-arrow';
import { plainData } from './plain.ts';

/** The texts of a dictionary, which all batches of an object share. */
const words = new WeakMap<Vector, readonly string[]>();

/** The texts of a column of them, in whatever form; anything where a row has none. */
export function textsOf(data: Data): readonly string[] {
  if (DataType.isDictionary(data.type)) return fromDictionary(data);
  if (data.length === 0) return [];
  const { values, valueOffsets } = DataType.isUtf8View(data.type) ? plainData(data) : data;
  const offsets = valueOffsets as ArrayLike<number | bigint>;
  const [start, end] = [Number(offsets[0]), Number(offsets[data.length])];
  const bytes = Buffer.from(values.buffer, values.byteOffset + start, end - start);
  // Decoded at once and cut is ten times faster than row by row, where a character is a byte.
  const whole = isAscii(bytes) ? bytes.toString('latin1') : undefined;
  const texts = new Array<string>(data.length);
  for (let row = 0, from = 0; row < data.length; row++) {
    const to = Number(offsets[row + 1]) - start;
    texts[row] = whole?.slice(from, to) ?? bytes.toString('utf8', from, to);
    from = to;
  }
  return texts;
}

function fromDictionary(data: Data): readonly string[] {
  const dictionary = data.dictionary as Vector;
  let known = words.get(dictionary);
  if (!known) {
    known = dictionary.data.flatMap((chunk: Data) => textsOf(chunk));
    words.set(dictionary, known);
  }
  const indexes = data.values as ArrayLike<number | bigint>;
  const all = known;
  return Array.from({ length: data.length }, (_, row) => all[Number(indexes[row])] ?? '');
}
