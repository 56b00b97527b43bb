/**
 * `npm run test:mutants [-- --sample N] [--seed N] [WORD…]`: applies each mutant of the table to a copy of the tree and
 * runs the tests that must notice it. One that survives is a condition that no test holds. With words, only mutants whose
 * sentence or file has one of them; with a sample, so many of those, drawn by the seed. Exits 1 if a mutant survives, if
 * its text is no longer there, or if the tests fail without any mutant.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Dice } from '../simulation/dice.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './table/table.ts';
import { Tree } from './tree.ts';

/** Far longer than the slowest of the tests takes; and for all of them at once. */
const WITHIN_MS = 40_000;
const ALL_WITHIN_MS = 900_000;

const { values, positionals } = parseArgs({
  options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});

function chosen(): readonly Mutant[] {
  const wanted = MUTANTS.filter(
    ({ name, file }) => positionals.length === 0 || positionals.some((word) => `${file}: ${name}`.includes(word)),
  );
  if (values.sample === undefined) return wanted;
  const dice = new Dice(Number(values.seed));
  const drawn = wanted.map((mutant) => ({ mutant, at: dice.between(0, 1e9) })).sort((a, b) => a.at - b.at);
  return drawn.slice(0, Number(values.sample)).map(({ mutant }) => mutant);
}

const startedMs = performance.now();
const mutants = chosen();
if (mutants.length === 0) throw new Error(`no mutant has any of: ${positionals.join(', ')}`);
const trees = Array.from({ length: Math.min(2, availableParallelism()) }, () => new Tree());
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => {
  for (const tree of trees) tree.remove();
});

const [calm] = trees;
const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
if ((await calm?.run(tests, ALL_WITHIN_MS)) !== 'survived') {
  console.log(`these tests fail without any mutant, so they cannot tell one: ${tests.join(' ')}`);
  process.exit(1);
}

const queue = [...mutants];
let survivors = 0;
await Promise.all(
  trees.map(async (tree) => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const fate = await tree.fateOf(mutant, WITHIN_MS).catch((error: Error) => error.message);
      if (fate !== 'died' && fate !== 'hung') survivors += 1;
      console.log(`${fate === 'survived' ? 'SURVIVED' : fate} ${mutant.file}: ${mutant.name}`);
    }
  }),
);
const tookS = Math.round((performance.now() - startedMs) / 1000);
console.log(`\n${mutants.length - survivors} of ${mutants.length} mutants noticed in ${tookS} s (seed ${values.seed})`);
console.log(`${mutants.length - survivors} passed, ${survivors} failed`);
process.exit(survivors === 0 ? 0 : 1);
