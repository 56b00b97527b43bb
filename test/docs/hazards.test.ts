/** The page of what can go wrong names, for each hazard, tests that there are, or says why it has none. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type NamedTest, namedTests, titlesIn } from './named-tests.ts';

const HAZARDS = 30;
const WITHOUT_TEST = /cannot happen: \S|not held by a test/;

interface Hazard {
  readonly number: number;
  readonly tests: string;
}

/** The rows of the tables of a page that begin with a number. */
const hazardsOf = (page: string): readonly Hazard[] =>
  [...page.matchAll(/^\| (\d+) \|.*\| ([^|]*) \|$/gm)].map(([, number, tests = '']) => ({
    number: Number(number),
    tests,
  }));

const isThere = ({ file, title }: NamedTest): boolean =>
  existsSync(file) && titlesIn(readFileSync(file, 'utf8')).has(title);

/** What is wrong with a page, in sentences. */
function problemsOf(page: string): readonly string[] {
  const hazards = hazardsOf(page);
  const counts = Array.from({ length: HAZARDS }, (_, i) => hazards.filter(({ number }) => number === i + 1).length);
  const miscounted = counts.flatMap((count, i) => (count === 1 ? [] : [`hazard ${i + 1} is there ${count} times`]));
  const bare = hazards.filter(({ tests }) => namedTests(tests).length === 0 && !WITHOUT_TEST.test(tests));
  return [
    ...miscounted,
    ...bare.map(({ number }) => `hazard ${number} has no test and does not say why`),
    ...hazards
      .flatMap(({ tests }) => namedTests(tests))
      .filter((test) => !isThere(test))
      .map(({ file, title }) => `${file} has no test \`${title}\``),
  ];
}

describe('the page of what can go wrong', () => {
  const page = readFileSync('docs/hazards.md', 'utf8');

  it('has every hazard once, each with tests that there are', () => {
    expect(problemsOf(page)).toEqual([]);
    expect(namedTests(page).length).toBeGreaterThan(HAZARDS);
  });

  it('would be found out for a hazard that is missing, a test that was renamed, and one without any', () => {
    const renamed = page.replace('[never gives an id twice]', '[never gives an id thrice]');
    expect(problemsOf(renamed)).toEqual(['test/contract/ids-contract.ts has no test `never gives an id thrice`']);
    expect(problemsOf(page.replaceAll('test/contract/ids-contract.ts', 'test/contract/gone.ts'))).toEqual([
      'test/contract/gone.ts has no test `never gives an id twice`',
    ]);
    expect(problemsOf(page.replace(/^\| 7 \|.*\n/m, ''))).toEqual(['hazard 7 is there 0 times']);
    expect(problemsOf(page.replace(/^(\| 26 \|.*\| ).* \|$/m, '$1somebody looks |'))).toEqual([
      'hazard 26 has no test and does not say why',
    ]);
  });
});

describe('the titles of a source', () => {
  it('are those of its tests, and not of suites, of what is skipped, or of comments on them', () => {
    const source = [
      "describe('a suite', () => {",
      "  it('is one', () => {});",
      "  it(\n    'it\\'s long',\n    () => {});",
      '  test.each([1, 2])("has %i", () => {});',
      "  it.skip('is skipped', () => {});",
      "  it.todo('is to be written');",
      "  expect.it('is none');",
      '});',
    ].join('\n');
    expect([...titlesIn(source)]).toEqual(['is one', "it's long", 'has %i']);
  });
});
