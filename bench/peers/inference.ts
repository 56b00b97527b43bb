/**
 * Inference on this machine: `lockstep infer` beside a script with pyarrow and onnxruntime that is written as well as we
 * could. Both read the same file, run the same model and write their predictions; what they came to is compared, row by
 * row, before any time counts.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { perceptron } from '../perceptron.ts';
import type { Arm, Lap } from './arms.ts';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
const LOCKSTEP = fileURLToPath(new URL('../../cli/lockstep.mjs', import.meta.url));
const BATCH_ROWS = 32_768;

/** What the arms of one race share: a folder with `model.onnx`, `rows.arrow` and `rows.parquet`. */
export interface InferenceSite {
  readonly folder: string;
  readonly python: string;
}

/** Writes the model and the rows of the races into `folder`. */
export async function makeSite(folder: string, python: string, rows: number): Promise<InferenceSite> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.onnx'), perceptron());
  await run(python, [join(HERE, 'make_rows.py'), folder, String(rows), String(BATCH_ROWS)]);
  return { folder, python };
}

/** Both arms over one file of the site. */
export const inferenceArms = (site: InferenceSite, file: 'rows.arrow' | 'rows.parquet'): readonly [Arm, Arm] => [
  { name: 'lockstep infer', run: () => lockstep(site, file) },
  { name: 'pyarrow + onnxruntime', run: () => script(site, file) },
];

/** Throws, saying where, unless both arms came to the same predictions. Both must have run. */
export async function checkSame({ folder, python }: InferenceSite): Promise<void> {
  const [runId] = await readdir(join(folder, 'home', 'runs'));
  const manifest = join(folder, 'home', 'runs', runId ?? '', '_SUCCESS.json');
  await run(python, [join(HERE, 'same.py'), manifest, join(folder, 'theirs.arrow')]);
}

async function lockstep({ folder }: InferenceSite, file: string): Promise<Lap> {
  const job = join(folder, 'job.yaml');
  await writeFile(job, JOB(file));
  // One run at a time: what an earlier one left would be hard to tell from this one's.
  await rm(join(folder, 'home', 'runs'), { recursive: true, force: true });
  const env = { ...process.env, LOCKSTEP_HOME: join(folder, 'home') };
  const started = performance.now();
  const { stdout } = await run(process.execPath, [LOCKSTEP, 'infer', job, '--json'], { env, cwd: folder });
  const wholeS = (performance.now() - started) / 1000;
  const { phases } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { phases: Record<string, number> };
  return { wholeS, workS: phases.infer ?? Number.NaN };
}

async function script({ folder, python }: InferenceSite, file: string): Promise<Lap> {
  const args = [
    join(HERE, 'pyarrow_onnx.py'),
    ...['model.onnx', file, 'theirs.arrow'].map((name) => join(folder, name)),
  ];
  const started = performance.now();
  const { stdout } = await run(python, args);
  return { wholeS: (performance.now() - started) / 1000, workS: Number(stdout) };
}

const JOB = (file: string): string => `kind: infer
name: peers
model: ./model.onnx
input: [./${file}]
columns: { x: x }
predict: { scores: scores }
output: { keep: [id] }
`;
