/**
 * Damages the files of test/fixtures/tables and holds what is read from them, and what is written from that, against
 * pyarrow: an error by name, or the same values.
 *
 *   node cli/with-node.mjs test/formats/fuzz/main.ts --python PYTHON [--seed 0] [--times 2000] [--ending .arrow]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tableValues } from '../arrow/plain-values.ts';
import { partOf, readAll } from '../arrow/read-all.ts';
import { damaged, seeded } from './damage.ts';

const FOLDER = 'test/fixtures/tables';
/** Files that Python is given at once. */
const AT_ONCE = 200;

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    seed: { type: 'string', default: '0' },
    times: { type: 'string', default: '2000' },
    ending: { type: 'string', default: '.arrow' },
  },
});

interface Outcome {
  readonly name: string;
  /** What was read; undefined where it was refused. */
  readonly values?: unknown;
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith(options.ending));
let accepted = 0;
let slowestMs = 0;

/** Damages a file, reads it, and leaves the damaged file and the part for Python. */
async function tryOne(folder: string, seed: number): Promise<Outcome> {
  const random = seeded(seed);
  const file = files[random(files.length)] ?? '';
  const bytes = damaged(new Uint8Array(readFileSync(join(FOLDER, file))), random);
  const name = `${seed}-${file}`;
  const started = performance.now();
  try {
    const batches = await readAll(bytes);
    const part = partOf(batches);
    writeFileSync(join(folder, name), bytes);
    writeFileSync(join(folder, `${name}.part`), part);
    accepted++;
    return { name, values: tableValues(batches) };
  } catch (error) {
    if (!/^LS_(ARROW|PARQUET)_/.test(String((error as { code?: string }).code)))
      throw new Error(name, { cause: error });
    return { name };
  } finally {
    slowestMs = Math.max(slowestMs, performance.now() - started);
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
  const output = execFileSync(options.python, [join(FOLDER, 'compare_damaged.py'), folder], { encoding: 'utf8' });
  found.push(...output.split('\n').filter(Boolean));
  rmSync(folder, { recursive: true });
}
console.log(found.join('\n'));
const memoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(`${last - first} files, ${accepted} accepted, slowest ${slowestMs.toFixed(0)} ms, ${memoryMb} MB at most`);
process.exitCode = found.some((line) => line.startsWith('DIFFERS')) ? 1 : 0;
