/**
 * `npm run bench:peers [-- RACE…] [--laps N] [--prepare] [--write]`: races Lockstep against what people use instead, on this
 * machine, side by side. `--prepare` only makes the virtual environments of the peers, which takes minutes once; `--write`
 * puts the page into docs/benchmarks.md. Peers that cannot be installed are left out with a line that says so.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Lap, type Race, race } from './arms.ts';
import { pythonWith } from './environment.ts';
import { foreignShare, ticks } from './noise.ts';
import { pageOf } from './page.ts';
import { type Pythons, RACES } from './races.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    laps: { type: 'string' },
    prepare: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const FOREIGN_MAX = 0.15;
const say = (text: string) => console.error(text);
const at = (file: string) => fileURLToPath(new URL(file, import.meta.url));

async function share(work: () => Promise<Lap>): Promise<{ lap: Lap; foreign: number }> {
  const [before, started] = [ticks(), performance.now()];
  const lap = await work();
  const [after, seconds] = [ticks(), (performance.now() - started) / 1000];
  return { lap, foreign: before === undefined || after === undefined ? 0 : foreignShare(before, after, seconds) };
}

async function runRace(key: string, pythons: Pythons): Promise<Race> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-peers-'));
  try {
    say(`${key}: makes its rows …`);
    const planned = await (RACES[key] as (typeof RACES)[string])(folder, pythons);
    const { name, reach, arms, check } = planned;
    const laps = values.laps === undefined ? planned.laps : Number(values.laps);
    say(`${key}: ${arms.map((arm) => arm.name).join(', ')}`);
    try {
      return { ...(await race(name, arms, { laps, foreignMax: FOREIGN_MAX, share, check })), reach };
    } catch (error) {
      // A race that cannot be run is lost, and the page says so.
      const { stderr, message } = error as { stderr?: string; message: string };
      const why = /^LS_.*$/m.exec(stderr ?? '')?.[0] ?? (stderr?.trim().split('\n').at(-1) || message);
      return { name, reach, arms: [], noisy: 0, notRun: why };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wanted = positionals.length > 0 ? positionals : Object.keys(RACES);
const unknown = wanted.filter((key) => !Object.hasOwn(RACES, key));
if (unknown.length > 0) {
  say(`no such race: ${unknown.join(', ')}; there are ${Object.keys(RACES).join(', ')}`);
  process.exit(2);
}
const pyarrow = pythonWith(at('./requirements.txt'), say);
const peers = { spark: pythonWith(at('./spark.txt'), say), ray: pythonWith(at('./ray.txt'), say) };
if (pyarrow === undefined) process.exit(1);
if (values.prepare) process.exit(0);

const races: Race[] = [];
for (const key of wanted) races.push(await runRace(key, { pyarrow, ...peers }));
const page = pageOf(races, {
  date: new Date().toISOString().slice(0, 10),
  versions: [`Node ${process.versions.node}`, ...[pyarrow, peers.spark, peers.ray].flatMap(versionsIn)].join(', '),
});
if (values.write) writeFileSync(at('../../docs/benchmarks.md'), page);
console.log(page);

/** Packages that decide on the figures, each named once. */
function versionsIn(python: string | undefined, index: number): string[] {
  if (python === undefined) return [];
  const named = index === 0 ? /^(pyarrow|onnxruntime|numpy)==/ : /^(pyspark|ray)==/;
  const packages = execFileSync(python, ['-m', 'pip', 'list', '--format=freeze'], { encoding: 'utf8', stdio: 'pipe' });
  return packages
    .split('\n')
    .filter((line) => named.test(line))
    .map((line) => line.replace('==', ' '));
}
