/** Tests that a page names by links, `[title](../test/….ts)`, and the titles that a file of tests has. */

/** A test that a page names. */
export interface NamedTest {
  readonly title: string;
  /** From the root of the repository. */
  readonly file: string;
}

/** The tests that a text of a page in docs/ names. */
export const namedTests = (text: string): readonly NamedTest[] =>
  [...text.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+\.ts)\)/g)].map(([, title = '', file = '']) => ({ title, file }));

/**
 * The titles of the tests of a source, those of `each` as they are written. One that is skipped or still to be written, and
 * the title of a suite, is none of them.
 */
export const titlesIn = (source: string): ReadonlySet<string> =>
  new Set(
    [...source.matchAll(/(?:(?<![.\w])(?:it|test)|\))\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gs)].map(([, , title = '']) =>
      title.replaceAll(/\\(.)/g, '$1'),
    ),
  );
