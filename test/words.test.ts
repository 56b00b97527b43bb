/** A word stands for one thing: no exported type has the name of another. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const FOLDERS = ['core', 'flows', 'formats', 'adapters', 'gpu-agent', 'cli'];
const EXPORTED = /^export (?:abstract )?(?:interface|type|class) (\w+)/gm;

/** Name → files that export a type of it, where there are several. */
function twice(sources: ReadonlyMap<string, string>): Readonly<Record<string, readonly string[]>> {
  const found = [...sources].flatMap(([file, source]) =>
    [...source.matchAll(EXPORTED)].map(([, name = '']) => ({ name, file })),
  );
  const byName = Map.groupBy(found, ({ name }) => name);
  return Object.fromEntries(
    [...byName].filter(([, all]) => all.length > 1).map(([name, all]) => [name, all.map(({ file }) => file)]),
  );
}

it('is the name of one exported type', () => {
  const listed = execFileSync('git', ['ls-files', ...FOLDERS.map((folder) => `${folder}/*.ts`)], {
    encoding: 'utf8',
  });
  const files = listed.trim().split('\n');
  expect(files.length).toBeGreaterThan(300);
  const found = twice(new Map(files.map((file) => [file, readFileSync(file, 'utf8')])));
  expect(found).toEqual({});
});

it('would be found where it is used for two things', () => {
  const sources = new Map([
    ['a.ts', 'export interface Host {}\nexport type Place = string;'],
    ['b.ts', 'export class Host {}\ninterface Place {}'],
  ]);
  expect(twice(sources)).toEqual({ Host: ['a.ts', 'b.ts'] });
});
