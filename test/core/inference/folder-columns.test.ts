import { describe, expect, it } from 'vitest';
import { folderColumns } from '#core/inference/folder-columns.ts';
import { pathSent } from '#core/inference/sent-job.ts';

const valuesOf = (path: string) => folderColumns([path])[0]?.map(({ name, value }) => [name, value]);

describe('columns of folders', () => {
  it.each([
    [
      'day=2026-11-25/hour=7/a.parquet',
      [
        ['day', '2026-11-25'],
        ['hour', '7'],
      ],
    ],
    ['plain/day=1/more/a.arrow', [['day', '1']]],
    ['a=1.arrow', []],
    ['=1/_x=2/a.arrow', [['_x', '2']]],
    [
      'city=S%C3%A3o%20Paulo/w%3Dx=a%2Fb/a.arrow',
      [
        ['city', 'São Paulo'],
        ['w=x', 'a/b'],
      ],
    ],
    [
      'odd=100%/bad=%ff%41/東=京/a.arrow',
      [
        ['odd', '100%'],
        ['bad', '%ff%41'],
        ['東', '京'],
      ],
    ],
    [
      'day=__HIVE_DEFAULT_PARTITION__/empty=/a.arrow',
      [
        ['day', null],
        ['empty', ''],
      ],
    ],
    ['a=b=c/x.arrow', [['a', 'b=c']]],
  ])('%s', (path, values) => {
    expect(valuesOf(path)).toEqual(values);
  });

  it('are whole numbers where all are, and each is written again as it was', () => {
    const typesOf = (...days: string[]) =>
      folderColumns(days.map((day) => `day=${day}/a`)).map(([column]) => column?.type);
    expect(typesOf('1', '-20', '0', '__HIVE_DEFAULT_PARTITION__')).toEqual(Array(4).fill('int64'));
    for (const other of ['01', '1.5', '-0', '', '1e3', '+1', '9999999999999999999']) {
      expect(typesOf('1', other), other).toEqual(['utf8', 'utf8']);
    }
  });

  it('that get two values from one path are refused', () => {
    expect(() => valuesOf('day=1/day=2/a.arrow')).toThrow(/two of its folders give the column `day`/);
  });
});

describe('the path of an object that was sent', () => {
  const sent = { inputs: ['a.arrow', 'in/day=1/b.arrow', 'in/c.arrow'], below: [null, 'day=1/b.arrow', 'c.arrow'] };

  it.each([
    ['s3://b/runs/r/input/000000-a.arrow', undefined],
    ['s3://b/runs/r/input/000001-b.arrow', 'day=1/b.arrow'],
    ['in/day=1/b.arrow', 'day=1/b.arrow'],
    ['s3://b/data/b.arrow', undefined],
  ])('%s', (uri, path) => {
    expect(pathSent(uri, sent, 's3://b/runs/r/input/')).toBe(path);
    expect(pathSent(uri, { inputs: sent.inputs }, 's3://b/runs/r/input/')).toBeUndefined();
  });
});
