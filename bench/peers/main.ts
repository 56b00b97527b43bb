/**
 * `npm run bench:peers [-- --rows N] [--laps N] [--write]`: races Lockstep against what people use instead, on this
 * machine, side by side. `--write` puts the page into docs/benchmarks.md. Peers that cannot be installed are left out
 * with a line that says so.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Lap, type Race, race } from './arms.ts';
import { pythonWith } from './environment.ts';
import { checkSame, inferenceArms, makeSite } from './inference.ts';
import { foreignShare, ticks } from './noise.ts';
import { pageOf } from './page.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000000' },
    laps: { type: 'string', default: '7' },
    write: { type: 'boolean', default: false },
  },
});
const say = (text: string) => console.error(text);
const at = (file: string) => fileURLToPath(new URL(file, import.meta.url));

async function share(work: () => Promise<Lap>): Promise<{ lap: Lap; foreign: number }> {
  const [before, started] = [ticks(), performance.now()];
  const lap = await work();
  const [after, seconds] = [ticks(), (performance.now() - started) / 1000];
  return { lap, foreign: before === undefined || after === undefined ? 0 : foreignShare(before, after, seconds) };
}

const python = pythonWith(at('./requirements.txt'), say);
if (python === undefined) process.exit(1);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-peers-'));
const races: Race[] = [];
try {
  const rows = Number(values.rows);
  say(`making ${rows.toLocaleString('en')} rows …`);
  const site = await makeSite(folder, python, rows);
  const options = { laps: Number(values.laps), foreignMax: 0.15, share };
  for (const file of ['rows.arrow', 'rows.parquet'] as const) {
    const name = `Inference, ${rows.toLocaleString('en')} rows of 32 floats, ${file}`;
    const arms = inferenceArms(site, file);
    try {
      for (const arm of arms) await arm.run();
      await checkSame(site);
    } catch (error) {
      // A race that cannot be run is lost, and the page says so.
      const { stderr, message } = error as { stderr?: string; message: string };
      races.push({ name, arms: [], noisy: 0, notRun: /^LS_.*$/m.exec(stderr ?? '')?.[0] ?? message });
      continue;
    }
    say(`${file}: both arms came to the same; racing …`);
    races.push(await race(name, arms, options));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const packages = execFileSync(python, ['-m', 'pip', 'list', '--format=freeze'], { encoding: 'utf8' });
const versions = packages
  .split('\n')
  .filter((line) => /^(pyarrow|onnxruntime|numpy)==/.test(line))
  .join(', ')
  .replaceAll('==', ' ');
const page = pageOf(races, {
  date: new Date().toISOString().slice(0, 10),
  versions: `Node ${process.versions.node}, ${versions}`,
});
if (values.write) writeFileSync(at('../../docs/benchmarks.md'), page);
console.log(page);
