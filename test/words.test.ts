/** A word stands for one thing: no exported type has the name of another, and the glossary and the names agree. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FOLDERS = ['core', 'flows', 'formats', 'adapters', 'gpu-agent', 'cli'];
const EXPORTED = /^export (?:abstract )?(?:interface|type|class) (\w+)/gm;

interface TypeName {
  readonly name: string;
  readonly file: string;
}

const typesOf = (sources: ReadonlyMap<string, string>): readonly TypeName[] =>
  [...sources].flatMap(([file, source]) => [...source.matchAll(EXPORTED)].map(([, name = '']) => ({ name, file })));

/** Name → files that export a type of it, where there are several. */
function twice(types: readonly TypeName[]): Readonly<Record<string, readonly string[]>> {
  const byName = Map.groupBy(types, ({ name }) => name);
  return Object.fromEntries(
    [...byName].filter(([, all]) => all.length > 1).map(([name, all]) => [name, all.map(({ file }) => file)]),
  );
}

/** Word of the glossary → the types that its row names. */
function glossary(page: string): ReadonlyMap<string, readonly string[]> {
  const rows = [...page.matchAll(/^\| \*\*(\w+)\*\* \|.*\| (.+) \|$/gm)];
  return new Map(
    rows.map(([, word = '', cell = '']) => [word, [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)]),
  );
}

/** What the glossary names and nobody exports, and what takes a word of it for a thing that its row does not name. */
function disagreements(words: ReadonlyMap<string, readonly string[]>, types: readonly TypeName[]): readonly string[] {
  const exported = new Set(types.map(({ name }) => name));
  const missing = [...words].flatMap(([word, names]) =>
    names.filter((name) => !exported.has(name)).map((name) => `${word}: nothing exports ${name}`),
  );
  const taken = types
    .filter(({ name }) => words.get(name.toLowerCase())?.includes(name) === false)
    .map(({ name, file }) => `${file}: ${name} is a word of the glossary, which names other types for it`);
  return [...missing, ...taken];
}

const listed = execFileSync('git', ['ls-files', ...FOLDERS.map((folder) => `${folder}/*.ts`)], { encoding: 'utf8' });
const files = listed.trim().split('\n');
const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));

describe('the name of a type', () => {
  it('is that of one exported type', () => {
    expect(files.length).toBeGreaterThan(300);
    expect(twice(typesOf(sources))).toEqual({});
  });

  it('would be found where it is used for two things', () => {
    const types = typesOf(
      new Map([
        ['a.ts', 'export interface Host {}\nexport type Place = string;'],
        ['b.ts', 'export class Host {}\ninterface Place {}'],
      ]),
    );
    expect(twice(types)).toEqual({ Host: ['a.ts', 'b.ts'] });
  });
});

describe('the glossary', () => {
  const words = glossary(readFileSync('docs/glossary.md', 'utf8'));

  it('names the types that stand for its words, and no other type is called by one', () => {
    expect(words.size).toBeGreaterThan(25);
    expect(disagreements(words, typesOf(sources))).toEqual([]);
  });

  it('would be found at odds with the code', () => {
    const page =
      '| **attempt** | one life | `AttemptState` |\n| **host** | one instance | `Host`, `Guest` |\n| **inbox** | a prefix | — |\n';
    const types = typesOf(
      new Map([
        ['a.ts', 'export interface AttemptState {}\nexport interface Host {}'],
        ['b.ts', 'export interface Attempt {}\nexport interface Inbox {}'],
      ]),
    );
    expect(disagreements(glossary(page), types)).toEqual([
      'host: nothing exports Guest',
      'b.ts: Attempt is a word of the glossary, which names other types for it',
      'b.ts: Inbox is a word of the glossary, which names other types for it',
    ]);
  });
});

describe('the words of the trade', () => {
  /** House word → the word that other systems use. */
  const HOUSE_WORDS = { hear: 'apply, or on…', heard: 'apply, or on…', look: 'poll', meet: 'arrive', poke: 'hint' };
  const DECLARED = /\b(?:const|let|function|readonly|async)\s+(\w+)|[(,{]\s*(\w+)(?=\s*[,:)}=])/g;
  const declared = (source: string) => [...source.matchAll(DECLARED)].map(([, one, other]) => one ?? other ?? '');

  it('stand in the place of house words', () => {
    const found = [...sources].flatMap(([file, source]) =>
      declared(source)
        .filter((name) => name in HOUSE_WORDS)
        .map((name) => `${file}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  it('would be missed', () => {
    expect(declared('function hear() {}\nconst look = 1;\ncall({ meet, poke: 2 });')).toEqual(
      expect.arrayContaining(['hear', 'look', 'meet', 'poke']),
    );
  });
});
