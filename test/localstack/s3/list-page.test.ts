import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listPage } from '../../../localstack/embedded/s3/list-page.ts';

const key = fc.string({
  unit: fc.constantFrom('a', 'B', '/', '_', 'é', '\u{FF5E}', '\u{1F600}'),
  minLength: 1,
  maxLength: 6,
});
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The same in the slow way: everything at once, sorted, each common prefix once. */
function expected(keys: readonly string[], prefix: string, delimiter: string) {
  const folded = keys
    .filter((one) => one.startsWith(prefix))
    .map((one) => {
      const at = delimiter === '' ? -1 : one.indexOf(delimiter, prefix.length);
      return at < 0 ? { key: one } : { prefix: one.slice(0, at + delimiter.length) };
    });
  return {
    keys: folded.flatMap(({ key: one }) => one ?? []),
    prefixes: [...new Set(folded.flatMap(({ prefix: one }) => one ?? []))],
  };
}

test('pages of any size, put together, are the whole listing', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { maxLength: 30 }),
      fc.constantFrom('', 'a', 'a/', '_'),
      fc.constantFrom('', '/', 'a'),
      fc.integer({ min: 1, max: 12 }),
      (unsorted, prefix, delimiter, limit) => {
        const sorted = [...unsorted].sort(byBytes);
        const found = { keys: [] as string[], prefixes: [] as string[] };
        let after = '';
        for (let pages = 0; ; pages++) {
          expect(pages).toBeLessThanOrEqual(sorted.length);
          const page = listPage(sorted, { prefix, delimiter, after, limit });
          expect(page.keys.length + page.prefixes.length).toBeLessThanOrEqual(limit);
          found.keys.push(...page.keys);
          found.prefixes.push(...page.prefixes);
          if (page.next === undefined) break;
          expect(page.keys.length + page.prefixes.length).toBe(limit);
          after = page.next;
        }
        expect(found).toEqual(expected(sorted, prefix, delimiter));
      },
    ),
  );
});

test('a page of nothing is the last one', () => {
  expect(listPage(['a'], { prefix: '', delimiter: '', after: '', limit: 0 }).next).toBeUndefined();
});
