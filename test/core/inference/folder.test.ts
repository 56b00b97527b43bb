import { describe, expect, it } from 'vitest';
import { nothingToRead } from '#core/inference/empty-folder.ts';
import { folderContents, leftOut, leftOutLines } from '#core/inference/folder.ts';

const contentsOf = (...names: readonly string[]) =>
  folderContents(names.map((name) => ({ name, sizeBytes: name.endsWith('/') || name.includes('$') ? 0 : 10 })));
const read = (...names: readonly string[]) => contentsOf(...names).read.map(({ name }) => name);

describe('what of a folder is read', () => {
  it('is every table to the bottom, in the order of their names, with endings in any case and without', () => {
    const names = ['z/y/x.arrow', 'a.PARQUET', 'b.snappy.parquet', 'c.Arrows', '20261125_0001_part-0', 'd.feather'];
    expect(read(...names)).toEqual(names.toSorted());
  });

  it.each([
    ['_SUCCESS', '`_SUCCESS` begins with `_`, as markers do'],
    ['_temporary/0/part.parquet', '`_temporary` begins with `_`, as markers do'],
    ['day=1/.part.parquet.crc', '`.part.parquet.crc` begins with `.`, as markers do'],
    ['day=1/', 'it stands for a folder'],
    ['', 'it stands for a folder'],
    ['day=1_$folder$', 'it stands for a folder'],
    ['notes.MD', '`.md` is no ending of a table; name the file itself in `input` to read it'],
  ])('is not %j', (name, reason) => {
    const { read: taken, skipped } = contentsOf(name, 'a.arrow');
    expect(taken.map((entry) => entry.name)).toEqual(['a.arrow']);
    expect(skipped).toEqual([{ entry: expect.objectContaining({ name }), reason }]);
  });

  it('is a folder of Hive that begins with `_`', () => {
    expect(read('_day=1/a.parquet')).toEqual(['_day=1/a.parquet']);
  });

  it('is an empty file that should be a table: whoever reads it says what is wrong', () => {
    expect(folderContents([{ name: 'a.parquet', sizeBytes: 0 }]).read).toHaveLength(1);
  });

  it('is all but markers where somebody chose each file', () => {
    const entries = ['a.bin', '_READY'].map((name) => ({ name, sizeBytes: 1 }));
    const { read: taken, skipped } = folderContents(entries, { isAllMeant: true });
    expect(taken.map(({ name }) => name)).toEqual(['a.bin']);
    expect(skipped).toHaveLength(1);
  });
});

describe('the job’s own rule of what is data', () => {
  const ruled = (patterns: readonly string[], matches: (name: string) => boolean, names: readonly string[]) =>
    folderContents(
      names.map((name) => ({ name, sizeBytes: 1 })),
      { match: { patterns, matches } },
    );

  it('stands in place of endings, and never reads a marker or what stands for a folder', () => {
    const names = ['a.bin', 'a.arrow', '_a.bin', '.x/a.bin', 'a.bin/'];
    const { read: taken, skipped } = ruled(['*.bin'], (name) => !name.endsWith('.arrow'), names);
    expect(taken.map(({ name }) => name)).toEqual(['a.bin']);
    expect(skipped.find(({ entry }) => entry.name === 'a.arrow')?.reason).toBe('`input.match` leaves it out');
    expect(skipped).toHaveLength(4);
  });

  it.each([
    ['*.parqet', '; did you mean `*.parquet`?'],
    ['part-O.parquet', '; did you mean `part-0.parquet`?'],
    ['*.csv', ''],
  ])('that matches nothing (%s) is refused, with what is there', (pattern, meant) => {
    const { skipped } = ruled([pattern], () => false, ['x/part-0.parquet', '_SUCCESS']);
    const left = leftOut(skipped.map(({ entry, reason }) => ({ uri: `s3://b/${entry.name}`, reason })));
    expect(nothingToRead('s3://b/', left, { patterns: [pattern], matches: () => false })).toMatchObject({
      code: 'LS_DATA_EMPTY',
      message: `s3://b/ holds nothing that \`input.match\` (${pattern}) matches${meant}
2 files are not read:
  s3://b/_SUCCESS: \`_SUCCESS\` begins with \`_\`, as markers do
  s3://b/x/part-0.parquet: \`input.match\` leaves it out`,
    });
  });
});

describe('what is left out', () => {
  const all = Array.from({ length: 250 }, (_, i) => ({ uri: `s3://b/${i}.md`, reason: 'it is no table' }));

  it('is counted, and named as far as people read', () => {
    const left = leftOut(all);
    expect(left).toEqual({ count: 250, some: all.slice(0, 100) });
    expect(leftOutLines(left, 1)).toEqual([
      '250 files are not read:',
      '  s3://b/0.md: it is no table',
      '  and 249 more',
    ]);
    expect(leftOutLines(leftOut(all.slice(0, 1)))).toEqual(['1 file is not read:', '  s3://b/0.md: it is no table']);
  });

  it('is nothing to say where all was read', () => {
    expect(leftOutLines(leftOut([]))).toEqual([]);
  });
});
