/**
 * From `lockstep train` to the first line of the user's program, which runs in four tasks of plain Python on two hosts of the
 * local cloud: until all of them are there. Beside it the same with a Python environment that an earlier run has made.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tinyWheel } from '../test/fixtures/tiny-wheel.ts';
import { type Row, rowOf } from './row.ts';

const LOCKSTEP = fileURLToPath(new URL('../cli/lockstep.mjs', import.meta.url));
const RUNS = 7;
const RANKS = 4;
const PROGRAM = `import time
began = time.time()
import os
open(os.path.join(os.environ["BEGAN"], os.environ["RANK"]), "w").write(str(began))
`;

/** Takes turns, so that what else happens on the machine concerns both. */
export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-train-command-'));
  try {
    const wheel = tinyWheel(folder, { name: 'tiny', body: 'ANSWER = 42' });
    writeFileSync(join(folder, 'task.py'), PROGRAM);
    const jobs = [jobIn(folder, 'plain', ''), jobIn(folder, 'environment', `, python: { packages: [./${wheel}] }`)];
    const samples: number[][] = [[], []];
    for (let turn = 0; turn <= RUNS; turn++) {
      for (const [i, job] of jobs.entries()) {
        const seconds = await secondsToBegin(folder, job);
        // The first makes the code assets, and the environment.
        if (turn > 0) samples[i]?.push(seconds);
      }
    }
    const [plain = [], cached = []] = samples;
    const name = 'lockstep train to the first line of four tasks';
    return [
      rowOf(name, plain, { unit: 's', reach: '≤ 3' }),
      rowOf(
        `${name}: what a cached environment adds`,
        cached.map((one, i) => one - (plain[i] as number)),
        { unit: 's', reach: '≤ 0.5' },
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function jobIn(folder: string, name: string, python: string): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `kind: train
name: ${name}
gang: { hosts: 2, tasksPerHost: 2, perTask: { gpu: 0 }, instanceTypes: [g7e.12xlarge] }
task: { command: [python3, task.py], env: { BEGAN: ${join(folder, 'began')} }${python} }
limits: { maxDurationS: 120, graceS: 2 }
`,
  );
  return path;
}

async function secondsToBegin(folder: string, job: string): Promise<number> {
  const began = join(folder, 'began');
  rmSync(began, { recursive: true, force: true });
  mkdirSync(began);
  const startedS = Date.now() / 1000;
  const child = spawn(process.execPath, [LOCKSTEP, 'train', job, '--json'], {
    ...{ cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    env: { ...process.env, LOCKSTEP_HOME: join(folder, 'home') },
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  const times = readdirSync(began).map((rank) => Number(readFileSync(join(began, rank), 'utf8')));
  if (code !== 0 || times.length !== RANKS) throw new Error(`lockstep train ended with ${code}:\n${said}`);
  return Math.max(...times) - startedS;
}
