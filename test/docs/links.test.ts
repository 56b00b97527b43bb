/** Links between pages lead somewhere: to a file that is there, and to a heading that it has. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import sidebar from '../../docs/site/sidebar.json' with { type: 'json' };
import { pages } from './blocks/fences.ts';

const LINK = /(?<!!)\[(?:[^\]]|\](?=\]))*\]\(([^)\s]+)\)/g;

const withoutCode = (text: string): string =>
  text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** Headings as GitHub and the site name them. */
const anchorsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );

/** What is wrong with the links of a page. */
function deadLinks(file: string, text: string): readonly string[] {
  return [...withoutCode(text).matchAll(LINK)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : normalize(join(dirname(file), path));
    if (!existsSync(target)) return [`${file}: there is no ${target}`];
    if (anchor === undefined || !statSync(target).isFile()) return [];
    return anchorsOf(target).includes(anchor) ? [] : [`${file}: ${target} has no heading #${anchor}`];
  });
}

describe('links', () => {
  it('of all pages lead somewhere', () => {
    expect(pages().flatMap((file) => deadLinks(file, readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('that are dead are found', () => {
    expect(deadLinks('docs/cli.md', '[a](none.md) [b](errors.md#none) [c](#output) [d](https://x.y)')).toEqual([
      'docs/cli.md: there is no docs/none.md',
      'docs/cli.md: docs/errors.md has no heading #none',
    ]);
  });
});

describe('the site', () => {
  it('has every page of docs/ but the decisions in its sidebar, once', () => {
    const listed = Object.values(sidebar).flatMap((group) => Object.values(group).map((link) => `docs${link}.md`));
    const written = pages().filter(
      (file) => file.startsWith('docs/') && !/^docs\/(?:decisions|site)\/|index\.md$/.test(file),
    );
    expect(listed.toSorted()).toEqual(written.toSorted());
  });
});
