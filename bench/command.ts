/**
 * Where the time of `lockstep infer` goes, as a whole command: its phases by the clock, and the processor time of each kind of
 * process. A small run is all start; of a large one the rest shows.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { perceptron, rowsFile } from './perceptron.ts';
import { ProcessTimes } from './process-times.ts';
import { type Row, rowOf } from './row.ts';

const LOCKSTEP = fileURLToPath(new URL('../cli/lockstep.mjs', import.meta.url));
const RUNS = 5;
const LOOK_MS = 20;
const SITES = [
  { name: '100 rows', batches: 1, batchRows: 100, reach: '≤ 1.5' },
  { name: '2,000,000 rows', batches: 61, batchRows: 32_768, reach: '' },
] as const;
const JOB = `kind: infer
name: bench
model: ./model.onnx
input: [./rows.arrow]
columns: { x: x }
predict: { scores: scores }
output: { keep: [id] }
`;

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, batches, batchRows, reach } of SITES) {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-command-'));
    try {
      writeFileSync(join(folder, 'model.onnx'), perceptron());
      writeFileSync(join(folder, 'rows.arrow'), await rowsFile(batches, batchRows));
      writeFileSync(join(folder, 'job.yaml'), JOB);
      await sample(folder);
      const samples: ReadonlyMap<string, number>[] = [];
      for (let i = 0; i < RUNS; i++) samples.push(await sample(folder));
      rows.push(...rowsOf(`infer ${name}`, samples, reach));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

function rowsOf(name: string, samples: readonly ReadonlyMap<string, number>[], reach: string): Row[] {
  const figures = new Set(samples.flatMap((one) => [...one.keys()]));
  return [...figures].map((figure) =>
    rowOf(
      `${name}: ${figure}`,
      samples.map((one) => one.get(figure) ?? 0),
      { unit: 's', reach: figure === 'whole command' ? reach : '' },
    ),
  );
}

/** One command: seconds of each phase and of each kind of process. */
async function sample(folder: string): Promise<ReadonlyMap<string, number>> {
  const home = join(folder, 'home');
  rmSync(join(home, 'runs'), { recursive: true, force: true });
  const started = performance.now();
  const child = spawn(process.execPath, [LOCKSTEP, 'infer', 'job.yaml', '--json'], {
    cwd: folder,
    env: { ...process.env, LOCKSTEP_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const times = new ProcessTimes(child.pid as number);
  const looking = setInterval(() => times.look(), LOOK_MS);
  const figures = new Map<string, number>();
  let text = '';
  let phase = 'load';
  let since = started;
  child.stderr.setEncoding('utf8').on('data', (some: string) => {
    text += some;
    for (const [, next = ''] of some.matchAll(/^(\w+): started$/gm)) {
      const now = performance.now();
      figures.set(phase, (now - since) / 1000);
      [phase, since] = [next, now];
    }
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(looking);
  if (code !== 0) throw new Error(`lockstep infer ended with ${code}:\n${text}`);
  const ended = performance.now();
  figures.set(phase, (ended - since) / 1000);
  const cpu = [...times.totals()].map(([name, seconds]) => [`processor time, ${name}`, seconds] as const);
  return new Map([['whole command', (ended - started) / 1000], ...figures, ...cpu]);
}
