import { describe, expect, it } from 'vitest';
import { nameRule } from '#formats/glob/name-rule.ts';

describe('the rule that patterns make', () => {
  it.each([
    ['*.parquet', ['a.parquet', 'deep/er/b.parquet'], ['a.PARQUET', 'a.parquet.bak', 'a.parquet/b']],
    ['day=1/*.arrow', ['day=1/a.arrow'], ['a.arrow', 'x/day=1/a.arrow', 'day=1/x/a.arrow']],
    ['**/day=?/**', ['day=1/a.arrow', 'x/day=2/y/z'], ['day=12/a.arrow', 'a.arrow']],
    ['part-[0-9].{pq,parquet}', ['part-1.pq', 'x/part-2.parquet'], ['part-x.pq', 'part-11.pq']],
    ['!(old*)', ['new.arrow', 'old/new.arrow'], ['old.arrow', 'new/older.arrow']],
    ['Größe *.arrow', ['Größe 1.arrow', '表/Größe .arrow'], ['größe 1.arrow']],
  ])('%s', (pattern, matched, others) => {
    const rule = nameRule([pattern]);
    expect([...matched, ...others].filter((name) => rule?.matches(name))).toEqual(matched);
  });

  it('is that one of them matches, and none where there are none', () => {
    const rule = nameRule(['*.pq', 'x/*']);
    expect(['a.pq', 'x/b', 'c'].filter((name) => rule?.matches(name))).toEqual(['a.pq', 'x/b']);
    expect(nameRule(undefined)).toBeUndefined();
  });
});
