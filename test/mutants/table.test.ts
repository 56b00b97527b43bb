/** The table keeps up with the sources; that its mutants die is shown by `npm run test:mutants`. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mutated } from './mutant.ts';
import { MUTANTS } from './table/table.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const source = (file: string) => readFileSync(`${ROOT}${file}`, 'utf8');

/** What the table is to cover whole. */
const COVERED = ['core/gang/**/*.ts', 'core/fleet/**/*.ts', 'adapters/aws/dynamo-*.ts', 'adapters/aws/sfn-callback.ts']
  .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  // What people are shown decides nothing.
  .filter((file) => !/dynamo-(?:runs|progress)/.test(file))
  .sort();

/** Whether something is there: the types ask for these, and most sources could not do without. */
const IS_THERE = /[\w.?[\]()]+ (?:===|!==) (?:undefined|null)|\w+ instanceof \w+/g;
const BRANCHES = /\bif \(| && | \|\| | \? |ConsistentRead: true|(?<!Key)ConditionExpression: /;
const COMPARES =
  /===|!==|<=|>=| < | > |\.(?:includes|some|every|has)\(|\b(?:is|has)[A-Z]\w*|ConsistentRead|ConditionExpression/;

/** Lines with a condition, but for those that only ask whether something is there, and those of sentences for people. */
function conditions(text: string): readonly number[] {
  let isComment = false;
  return text.split('\n').flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed.startsWith('/*')) isComment = true;
    const isCode = !isComment && !trimmed.startsWith('//') && !trimmed.includes('`');
    if (trimmed.endsWith('*/')) isComment = false;
    const rest = trimmed.replaceAll(IS_THERE, '');
    return isCode && BRANCHES.test(trimmed) && COMPARES.test(rest) ? [index + 1] : [];
  });
}

/** Lines that a mutant changes. */
function touched(file: string, text: string): ReadonlySet<number> {
  const lines = MUTANTS.filter((mutant) => mutant.file === file).flatMap(({ from }) => {
    const first = text.slice(0, text.indexOf(from)).split('\n').length;
    return from.split('\n').map((_, index) => first + index);
  });
  return new Set(lines);
}

describe('the table of mutants', () => {
  it('names texts that stand in the sources once, and tests that there are', () => {
    for (const mutant of MUTANTS) {
      expect(mutated(source(mutant.file), mutant)).not.toBe(source(mutant.file));
      for (const test of mutant.tests) expect(existsSync(`${ROOT}${test}`), `${mutant.name}: ${test}`).toBe(true);
    }
  });

  it('has each sentence once a file, so that it can be asked for', () => {
    const names = MUTANTS.map(({ file, name, from }) => `${file}: ${name} (${from})`);
    expect(names).toEqual([...new Set(names)]);
  });

  it.each(COVERED)('has a mutant for each condition of %s', (file) => {
    const text = source(file);
    const lines = text.split('\n');
    const held = touched(file, text);
    const open = conditions(text).filter((line) => !held.has(line));
    expect(open.map((line) => `${line}: ${lines[line - 1]?.trim()}`)).toEqual([]);
  });
});
