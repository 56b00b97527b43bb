import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { giveTo, type TaskUser } from '#adapters/process/task-user.ts';
import type { PythonSpec, TrainJob } from '#core/job/job.ts';
import type { Log } from '#core/system/ports.ts';
import { cachedEnvironment } from './cached-environment.ts';
import { environmentKey } from './environment-key.ts';
import { findInterpreter, type Interpreter } from './interpreter.ts';
import { type RunOptions, runPython } from './run-python.ts';
import { fetchWheels, storeWheels, type WheelStore } from './wheels.ts';

export interface EnvironmentOptions {
  readonly job: TrainJob;
  /** Root of the code package, which requirements are relative to. */
  readonly code: string;
  /** Folder of this host, or of this machine, that environments are kept below. */
  readonly cache: string;
  /** Undefined where the cache itself outlives the host. */
  readonly wheels: WheelStore | undefined;
  /** Variables of the programs that make it: no credentials among them, because packages run their own code. */
  readonly env: Readonly<Record<string, string>>;
  readonly log: Log;
  /** Whom tasks run as, and so do the programs that make it. @default - the user of this process */
  readonly user?: TaskUser | undefined;
}

/** Of the time that the gang has to form, so that it is said in time that pip was not done. */
const SHARE_OF_FORMING = 0.9;

/**
 * The folder of the virtual environment that `task.python` asks for, made or found; undefined where it asks for none.
 * EnvironmentFailed with the words of pip.
 */
export async function pythonEnvironment(options: EnvironmentOptions): Promise<string | undefined> {
  const { job, code, cache, log } = options;
  const spec = job.task.python;
  if (spec === undefined) return undefined;
  const startedAt = performance.now();
  const env = {
    ...options.env,
    PIP_CACHE_DIR: join(cache, 'pip'),
    PIP_NO_INPUT: '1',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
  };
  const timeoutMs = job.limits.formTimeoutS * 1000 * SHARE_OF_FORMING;
  const run: Omit<RunOptions, 'what'> = { cwd: code, env, timeoutMs, disk: cache, user: options.user };
  await mkdir(cache, { recursive: true });
  const python = await findInterpreter(spec, run);
  const key = await environmentKey(spec, python, code);
  const folder = await cachedEnvironment(join(cache, 'python'), key, (draft) => {
    log.info('making the Python environment', { key, python: python.version });
    return fill(draft, { ...options, spec, python, key, run });
  });
  log.info('Python environment ready', { key, folder, ms: Math.round(performance.now() - startedAt) });
  return folder;
}

interface Filling extends EnvironmentOptions {
  readonly spec: PythonSpec;
  readonly python: Interpreter;
  readonly key: string;
  readonly run: Omit<RunOptions, 'what'>;
}

async function fill(folder: string, { spec, python, key, run, wheels }: Filling): Promise<void> {
  await mkdir(folder);
  if (run.user !== undefined) await giveTo(run.user, [folder]);
  await runPython([python.path, '-m', 'venv', folder], { ...run, what: 'making a virtual environment' });
  const pip = [join(folder, 'bin', 'python3'), '-m', 'pip'];
  // Beside it, because what lies in a folder of the tasks' is not the agent's to write.
  const stock = `${folder}.wheels`;
  try {
    await stockUp(stock, pip, { ...run, wheels, key, spec });
    const files = (await readdir(stock)).sort().map((name) => join(stock, name));
    if (files.length > 0) {
      await runPython([...pip, 'install', '--no-index', '--no-deps', ...files], { ...run, what: 'pip install' });
    }
  } finally {
    await rm(stock, { recursive: true, force: true });
  }
}

interface Stocking extends Omit<RunOptions, 'what'>, Pick<Filling, 'wheels' | 'key' | 'spec'> {}

/** Fetches the wheels of the environment into a new folder; whoever finds none builds them, and leaves them for the others. */
async function stockUp(stock: string, pip: readonly string[], options: Stocking): Promise<void> {
  const { wheels, key, spec, user } = options;
  if (wheels !== undefined && (await fetchWheels(wheels, key, stock))) return;
  await mkdir(stock);
  if (user !== undefined) await giveTo(user, [stock]);
  const wanted = [...(spec.requirements === undefined ? [] : ['-r', spec.requirements]), ...spec.packages];
  await runPython([...pip, 'wheel', '--wheel-dir', stock, ...wanted], { ...options, what: 'pip wheel' });
  if (wheels === undefined || (await storeWheels(wheels, key, stock))) return;
  await rm(stock, { recursive: true });
  await fetchWheels(wheels, key, stock);
}
