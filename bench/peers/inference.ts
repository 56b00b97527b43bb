/**
 * Inference on this machine: `lockstep infer` beside what people use instead, each written as well as we could. All read the
 * same rows, run the same model and write their predictions.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { perceptron } from '../perceptron.ts';
import type { Arm } from './arms.ts';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('.', import.meta.url));
const LOCKSTEP = fileURLToPath(new URL('../../cli/lockstep.mjs', import.meta.url));
const BATCH_ROWS = 32_768;
/** What peers print on their way may be long. */
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** A folder with `model.onnx` and rows. */
export interface Site {
  readonly folder: string;
  /** Python with pyarrow and onnxruntime. */
  readonly python: string;
}

/** Which rows are made: `rows.arrow`, `rows.parquet`, or a folder `rows` of files of a hundred rows. */
export type Rows = 'arrow' | 'parquet' | 'files';

/** Writes the model and the rows of some races into `folder`. */
export async function makeSite(
  folder: string,
  python: string,
  { rows, kinds }: { readonly rows: number; readonly kinds: readonly Rows[] },
): Promise<Site> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.onnx'), perceptron());
  await run(python, [join(HERE, 'make_rows.py'), folder, String(rows), String(BATCH_ROWS), ...kinds]);
  return { folder, python };
}

/** An arm, and where it leaves what it came to. */
export interface InferenceArm extends Arm {
  readonly output: () => Promise<string>;
}

/** The lines of a job that say what predicts. */
const ONNX = 'model: ./model.onnx\ncolumns: { x: x }\npredict: { scores: scores }';

/** Those of a Python program of this folder, run by the Python of the site. */
export const pythonLines = (program: string, { python }: Site): string =>
  `model: ${join(HERE, program)}\npredict: { kind: python, python: ${python} }`;

/** `lockstep infer` over rows of the site, a file or a folder. */
export function lockstepArm(name: string, { folder }: Site, rows: string, model = ONNX): InferenceArm {
  const home = join(folder, `home-${rows}`);
  const runs = join(home, 'runs');
  return {
    name,
    async run() {
      const job = join(folder, `job-${rows}.yaml`);
      await writeFile(job, JOB(rows, model));
      // One run at a time: what an earlier one left would be hard to tell from this one's.
      await rm(runs, { recursive: true, force: true });
      const env = { ...process.env, LOCKSTEP_HOME: home };
      const started = performance.now();
      const { stdout } = await run(process.execPath, [LOCKSTEP, 'infer', job, '--json'], { env, cwd: folder });
      const wholeS = (performance.now() - started) / 1000;
      const { phases } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { phases: Record<string, number> };
      return { wholeS, workS: phases.infer ?? Number.NaN };
    },
    output: async () => join(runs, (await readdir(runs))[0] ?? '', '_SUCCESS.json'),
  };
}

/** A script of a peer, run by a Python that has what it needs: `script MODEL ROWS OUT` prints the seconds of its work. */
export function scriptArm(
  name: string,
  { folder }: Site,
  { script, python, rows, ...limits }: { script: string; python: string; rows: string; laps?: number },
): InferenceArm {
  const output = join(folder, `${script}.${rows}.out`);
  return {
    name,
    ...limits,
    async run() {
      const args = [join(HERE, script), join(folder, 'model.onnx'), join(folder, rows), output];
      const started = performance.now();
      const { stdout } = await run(python, args, { maxBuffer: OUTPUT_BYTES });
      return { wholeS: (performance.now() - started) / 1000, workS: Number(stdout.trim().split('\n').at(-1)) };
    },
    output: async () => output,
  };
}

/** Throws, saying where, unless every arm came to the predictions of the first. All must have run. */
export async function checkSame({ python }: Site, arms: readonly InferenceArm[]): Promise<void> {
  const [first, ...others] = await Promise.all(arms.map(({ output }) => output()));
  for (const other of others) await run(python, [join(HERE, 'same.py'), first ?? '', other]);
}

const JOB = (rows: string, model: string): string => `kind: infer
name: peers
${model}
input: [./${rows}]
output: { keep: [id] }
`;
