import { describe, expect, test } from 'vitest';
import { localPlace, requirementPlaces } from '#core/job/python/requirements.ts';

describe('what a requirements file reads beside itself', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['numpy==2.1\ntorch>=2; python_version > "3.9"  # why\n', [], []],
    [
      '-r base.txt\n--requirement=sub/more.txt\r\n-cpins.txt\n--constraint pins2.txt',
      ['base.txt', 'sub/more.txt', 'pins.txt', 'pins2.txt'],
      [],
    ],
    ['-r https://example.org/r.txt\n--index-url https://example.org/simple\n', [], []],
    [
      './wheels/a-1.0-py3-none-any.whl --hash=sha256:00\n b.tar.gz # c',
      [],
      ['./wheels/a-1.0-py3-none-any.whl', 'b.tar.gz'],
    ],
    ['-e .\n-e ./pkg[extra]\n--find-links wheels\n-f https://x.org/l', [], ['.', './pkg', 'wheels']],
    ['pkg @ ./pkg-1.0.tar.gz\npkg[x] @ https://x.org/p.whl\ngit+https://x.org/r.git', [], ['./pkg-1.0.tar.gz']],
    ['# -r none.txt\nuvicorn[standard] \\\n  ==0.30\n', [], []],
    ['https://x.org/a-1.0-py3-none-any.whl', [], []],
  ])('%j', (text, files, paths) => {
    expect(requirementPlaces(text)).toEqual({ files, paths });
  });

  test('a requirement of a job is a path where pip would take it for one', () => {
    expect(['./x', '../x', '/x', '.', 'x.whl', 'name @ ./x.whl'].flatMap(localPlace)).toEqual([
      ...['./x', '../x', '/x', '.', 'x.whl', './x.whl'],
    ]);
    expect(['x', 'x==1', 'x.y', 'x[./y]'].flatMap(localPlace)).toEqual([]);
  });
});
