import {
  Binary,
  type DataType,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Int32,
  Int64,
  LargeBinary,
  LargeUtf8,
  List,
  Schema,
  Utf8,
  Utf8View,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { agreedColumns, type ColumnUse } from '#formats/table/agreed-columns.ts';
import { SCHEMA } from '../arrow/files.ts';

const use = (changes: Partial<ColumnUse> = {}): ColumnUse => ({
  keep: 'all',
  as: 'prediction',
  reads: ['x'],
  ...changes,
});
const [ID, NAME, X] = SCHEMA.fields as [Field, Field, Field];
const sources = (...fields: Field[][]) => fields.map((each, i) => ({ uri: `s3://b/${i}`, schema: new Schema(each) }));
const names = (columns: readonly { name: string }[]) => columns.map(({ name }) => name);

describe('agreedColumns', () => {
  it('refuses to keep what is not there, and to hide a column behind the predictions', () => {
    const one = sources([ID, NAME, X]);
    expect(() => agreedColumns(one, use({ keep: ['label'] }))).toThrow(
      /`output.keep` names `label`, the data has id, name, x/,
    );
    expect(() => agreedColumns(one, use({ keep: ['nam'] }))).toThrow(/did you mean name\?$/);
    expect(() => agreedColumns(one, use({ as: 'id' }))).toThrow(/has a column `id` already/);
    expect(names(agreedColumns(one, use({ as: 'id', keep: ['x'] })))).toEqual(['x']);
  });

  it('takes columns in the order of the first object, or in the order that the job names', () => {
    const both = sources([ID, NAME, X], [X, ID, NAME]);
    expect(names(agreedColumns(both, use()))).toEqual(['id', 'name', 'x']);
    expect(names(agreedColumns(both, use({ keep: ['x', 'id'] })))).toEqual(['x', 'id']);
  });

  it('lets objects differ in columns that are neither kept nor read', () => {
    const extra = new Field('extra', new Int32(), true);
    expect(names(agreedColumns(sources([ID, X, NAME], [extra, X, ID]), use({ keep: ['id'] })))).toEqual(['id']);
  });

  it('makes a column nullable where any object does', () => {
    const nullable = new Field('id', new Int32(), true);
    expect(agreedColumns(sources([ID, X], [nullable, X]), use())).toEqual([
      { name: 'id', nullable: true },
      { name: 'x', nullable: false },
    ]);
  });

  it('takes dictionaries of the same values for the same type, whatever their ids', () => {
    const word = (id: number, values = new Utf8()) => new Field('word', new Dictionary(values, new Int32(), id), true);
    expect(names(agreedColumns(sources([X, word(3)], [X, word(8)]), use()))).toEqual(['x', 'word']);
    const other = new Field('word', new Dictionary(new Int32(), new Int32(), 3), true);
    expect(() => agreedColumns(sources([X, word(3)], [X, other]), use())).toThrow(/the column `word`/);
  });

  it('takes texts of any form for one type, at any depth, which is plain then; and never numbers for one', () => {
    const word = (type: DataType) => new Field('word', type, true);
    const within = (type: DataType) => word(new List(new Field('item', type, true)));
    const dictionary = (values: DataType) => new Dictionary(values as Utf8, new Int32());
    const kept = (...fields: Field[]) =>
      agreedColumns(sources(...fields.map((each) => [X, each])), use({ keep: ['word'] }));
    const plain = [{ name: 'word', nullable: true, plain: true }];
    expect(kept(word(new Utf8()), word(new LargeUtf8()), word(dictionary(new LargeUtf8())))).toEqual(plain);
    expect(kept(word(new Utf8View()), word(new Utf8()))).toEqual(plain);
    expect(kept(within(new Utf8()), within(dictionary(new Utf8())))).toEqual(plain);
    expect(kept(word(new Binary()), word(new LargeBinary()))).toEqual(plain);
    expect(kept(word(new Utf8()), word(new Utf8()))).toEqual([{ name: 'word', nullable: true }]);
    for (const [one, other] of [
      [word(new Utf8()), word(new Binary())],
      [word(new Int32()), word(dictionary(new Int32()))],
      [word(dictionary(new Int32())), word(dictionary(new Int64()))],
      [word(new Utf8()), within(new Utf8())],
      [within(new Utf8()), within(new Int32())],
      [word(new FixedSizeList(2, new Field('i', new Utf8()))), word(new FixedSizeList(3, new Field('i', new Utf8())))],
    ] as [Field, Field][]) {
      expect(() => kept(one, other), `${one} ${other}`).toThrow(/the column `word`/);
    }
  });

  it.each<[string, Field[], Partial<ColumnUse>, RegExp]>([
    ['a column is missing', [X], {}, /the column `id`: s3:\/\/b\/1 does not have it, s3:\/\/b\/0 has it as Int32/],
    [
      'a column is more, and all are kept',
      [ID, X, NAME],
      {},
      /the column `name`: s3:\/\/b\/1 has it as Utf8, s3:\/\/b\/0 does not/,
    ],
    [
      'a kept column has another type',
      [new Field('id', new Int64()), X],
      {},
      /`id`: s3:\/\/b\/1 has it as Int64, .* Int32/,
    ],
    [
      'a column that is read has another type',
      [ID, new Field('x', new List(new Field('item', new Float32())))],
      { keep: ['id'] },
      /the column `x`/,
    ],
  ])('names the column and both objects where %s', (_what, second, changes, message) => {
    expect(() => agreedColumns(sources([ID, X], second), use(changes))).toThrow(
      expect.objectContaining({ code: 'LS_SCHEMA_DIFFERS', message: expect.stringMatching(message) }),
    );
  });

  it('refuses two columns of one name, which nobody could tell apart', () => {
    expect(() => agreedColumns(sources([ID, ID, X]), use())).toThrow(/it has two columns named `id`/);
    expect(names(agreedColumns(sources([ID, ID, X]), use({ keep: ['x'] })))).toEqual(['x']);
  });
});
