import {
  Bool,
  type Data,
  type DataType,
  Decimal,
  Dictionary,
  Field,
  Int8,
  Int32,
  LargeUtf8,
  List,
  makeData,
  Struct,
  Utf8,
  Utf8View,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { checkColumn } from '#formats/arrow/check/column.ts';

const check = (data: Data) => () => checkColumn(data, { uri: 's3://b/o', path: 'c' });
const ascii = (text: string) => new TextEncoder().encode(text);
const texts = (offsets: number[], bytes: Uint8Array) =>
  makeData({
    type: new Utf8(),
    length: offsets.length - 1,
    nullCount: 0,
    valueOffsets: Int32Array.from(offsets),
    data: bytes,
  });
const largeTexts = (offsets: bigint[], bytes: Uint8Array) =>
  makeData({
    type: new LargeUtf8(),
    length: offsets.length - 1,
    nullCount: 0,
    valueOffsets: BigInt64Array.from(offsets),
    data: bytes,
  });
const numbers = (...values: number[]) =>
  makeData({ type: new Int32(), length: values.length, nullCount: 0, data: Int32Array.from(values) });
const lists = (offsets: number[], child: Data<Int32>) =>
  makeData({
    type: new List(new Field('item', new Int32())),
    length: offsets.length - 1,
    nullCount: 0,
    valueOffsets: Int32Array.from(offsets),
    child,
  });
const words = (indexes: number[], nulls?: { readonly bitmap: number; readonly count: number }) =>
  makeData({
    type: new Dictionary(new Utf8(), new Int8()),
    length: indexes.length,
    nullCount: nulls?.count ?? 0,
    nullBitmap: nulls && Uint8Array.of(nulls.bitmap),
    data: Int8Array.from(indexes),
    dictionary: vectorFromArray(['a', 'b'], new Utf8()),
  });
const view = (size: number, rest: readonly number[], where: readonly [number, number] | undefined) => {
  const bytes = new Uint8Array(16);
  const numbersOf = new DataView(bytes.buffer);
  numbersOf.setInt32(0, size, true);
  bytes.set(rest, 4);
  if (where) {
    numbersOf.setInt32(8, where[0], true);
    numbersOf.setInt32(12, where[1], true);
  }
  return bytes;
};
const views = (views: Uint8Array, buffer = ascii('0123456789abcdef')) =>
  makeData({ type: new Utf8View(), length: views.length / 16, nullCount: 0, views, variadicBuffers: [buffer] });
const decimals = (precision: number, ...low: bigint[]) =>
  makeData({
    type: new Decimal(0, precision, 128),
    length: low.length,
    nullCount: 0,
    data: new Uint32Array(BigInt64Array.from(low.flatMap((value) => [value, value < 0n ? -1n : 0n])).buffer),
  });

describe('checkColumn', () => {
  const whole: readonly (readonly [string, Data])[] = [
    ['texts', texts([0, 1, 1, 3], ascii('abc'))],
    ['texts behind unused bytes', texts([2, 3], ascii('abc'))],
    ['large texts', largeTexts([0n, 1n, 3n], ascii('aé'))],
    ['lists', lists([0, 0, 3], numbers(1, 2, 3))],
    ['words', words([0, 1, 1])],
    ['words with an index of nothing where there is no value', words([0, 99], { bitmap: 0b01, count: 1 })],
    ['short views', views(view(2, [104, 105], undefined))],
    ['long views', views(view(13, [...ascii('2345')], [0, 2]))],
    ['decimals', decimals(3, 999n, -999n)],
  ];
  it.each(whole)('takes %s', (_name, data) => {
    expect(check(data)).not.toThrow();
  });

  const damaged: readonly (readonly [string, Data<DataType>, RegExp])[] = [
    ['offsets that go back', texts([0, 3, 1], ascii('abc')), /row 1 ends at 1, before its start at 3/],
    ['offsets before the first byte', texts([-1, 1], ascii('abc')), /its first row starts at -1/],
    ['offsets behind the last byte', texts([0, 4], ascii('abc')), /its rows end at 4, it has 3 bytes/],
    ['64-bit offsets beyond any batch', largeTexts([0n, 2n ** 32n], ascii('abc')), /row 1 starts at 4294967296/],
    ['lists with items that are not there', lists([0, 4], numbers(1, 2, 3)), /its rows end at 4, it has 3 items/],
    ['bytes that are no text', texts([0, 1], Uint8Array.of(0xff)), /its text is not UTF-8/],
    ['a row that starts within a character', texts([0, 1, 2], ascii('é')), /row 1 starts within a character/],
    ['an index that the dictionary lacks', words([0, 2]), /row 1 has the index 2, its dictionary has 2 values/],
    ['a negative index', words([-1]), /row 0 has the index -1/],
    [
      'more nulls than it says',
      words([0, 1], { bitmap: 0, count: 1 }),
      /2 of its rows have no value, its header says 1/,
    ],
    [
      'a view of a buffer that is not there',
      views(view(13, [...ascii('2345')], [1, 2])),
      /the view of row 0 does not fit/,
    ],
    [
      'a view past the end of its buffer',
      views(view(13, [...ascii('4567')], [0, 4])),
      /the view of row 0 does not fit/,
    ],
    ['a view that begins otherwise', views(view(13, [...ascii('9999')], [0, 2])), /the view of row 0 does not fit/],
    ['a short view with something behind it', views(view(1, [104, 105], undefined)), /the view of row 0 does not fit/],
    ['a view of no text', views(view(1, [0xff], undefined)), /row 0 is not UTF-8/],
    ['a decimal of too many digits', decimals(3, 1n, -1000n), /row 1 has more than the 3 digits of its type/],
  ];
  it.each(damaged)('refuses %s', (_name, data, message) => {
    expect(check(data)).toThrow(message);
    expect(check(data)).toThrow(expect.objectContaining({ code: 'LS_ARROW_CORRUPT' }));
  });

  it('looks into children and names the way to them', () => {
    const type = new Struct([new Field('flag', new Bool()), new Field('text', new Utf8())]);
    const flag = makeData({ type: new Bool(), length: 1, nullCount: 0, data: Uint8Array.of(1) });
    const data = makeData({ type, length: 1, nullCount: 0, children: [flag, texts([0, 9], ascii('abc'))] });
    expect(check(data as Data)).toThrow(/s3:\/\/b\/o: the column `c.text` is damaged/);
  });
});
