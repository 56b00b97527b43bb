import { describe, expect, it } from 'vitest';
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
