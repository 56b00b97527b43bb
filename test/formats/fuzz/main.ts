/**
 * Damages files of tables and holds what is read from them, and what is written from that, against pyarrow: an error by
 * name within a deadline, or the same values; where pages have checksums, those of the whole file. Now and then a whole file
 * is read between two damaged ones.
 *
 *   node cli/with-node.mjs test/formats/fuzz/main.ts --python PYTHON [--seed 0] [--times 2000] [--ending .arrow]
 *     [--files FOLDER]   whose files to damage, e.g. those of write_large.py
 *     [--pages]          flip bits of the pages of Parquet, and leave its footer whole
 */
import { deepStrictEqual } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tableValues } from '../arrow/plain-values.ts';
import { partOf, readAll } from '../arrow/read-all.ts';
import { damaged, flippedPages, seeded } from './damage.ts';

const FIXTURES = 'test/fixtures/tables';
/** Files that Python is given at once. */
const AT_ONCE = 200;
/** How often a whole file is read, which must always go well. */
const WHOLE_EVERY = 25;
/** A machine may be busy; what never ends takes more. */
const DEADLINE_MS = 20_000;

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    seed: { type: 'string', default: '0' },
    times: { type: 'string', default: '2000' },
    ending: { type: 'string', default: '.arrow' },
    files: { type: 'string', default: FIXTURES },
    pages: { type: 'boolean', default: false },
  },
});

interface Outcome {
  readonly name: string;
  /** What was read; undefined where it was refused. */
  readonly values?: unknown;
}

const files = readdirSync(options.files).filter((name) => name.endsWith(options.ending));
let accepted = 0;
let slowestMs = 0;

/** Damages a file, reads it, and leaves the damaged file and the part for Python. */
async function tryOne(folder: string, seed: number): Promise<Outcome> {
  const random = seeded(seed);
  const file = files[random(files.length)] ?? '';
  const whole = new Uint8Array(readFileSync(join(options.files, file)));
  const bytes = options.pages ? flippedPages(whole, random) : damaged(whole, random);
  const name = `${seed}-${file}`;
  const started = performance.now();
  try {
    const batches = await readAll(bytes);
    const values = tableValues(batches);
    if (options.pages && file.includes('checksums')) deepStrictEqual(values, tableValues(await readAll(whole)), name);
    const part = partOf(batches);
    writeFileSync(join(folder, name), bytes);
    writeFileSync(join(folder, `${name}.part`), part);
    accepted++;
    return { name, values };
  } catch (error) {
    if (!/^LS_(ARROW|PARQUET)_/.test(String((error as { code?: string }).code)))
      throw new Error(name, { cause: error });
    return { name };
  } finally {
    slowestMs = Math.max(slowestMs, performance.now() - started);
    if (seed % WHOLE_EVERY === 0) await readAll(whole);
  }
}

const first = Number(options.seed);
const last = first + Number(options.times);
const found: string[] = [];
for (let from = first; from < last; from += AT_ONCE) {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-fuzz-'));
  const outcomes: Outcome[] = [];
  for (let seed = from; seed < Math.min(last, from + AT_ONCE); seed++) outcomes.push(await tryOne(folder, seed));
  writeFileSync(join(folder, 'outcomes.json'), JSON.stringify(outcomes.filter(({ values }) => values !== undefined)));
  const output = execFileSync(options.python, [join(FIXTURES, 'compare_damaged.py'), folder], { encoding: 'utf8' });
  found.push(...output.split('\n').filter(Boolean));
  rmSync(folder, { recursive: true });
}
console.log(found.join('\n'));
const memoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(`${last - first} files, ${accepted} accepted, slowest ${slowestMs.toFixed(0)} ms, ${memoryMb} MB at most`);
process.exitCode = found.some((line) => line.startsWith('DIFFERS')) || slowestMs > DEADLINE_MS ? 1 : 0;
