/**
 * Makes the virtual environment of this suite, in the user's cache: what is there is used again. What cannot be installed
 * is skipped by the tests that need it, with a line that says why.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';

const FRAMEWORKS = {
  /** What each of the others needs, too. */
  base: ['numpy', 'pandas', 'pyarrow', 'cloudpickle', 'hatchling'],
  torch: ['torch==2.13.0', 'onnx'],
  jax: ['jax', 'jaxlib'],
  mpi: ['mpi4py'],
  notebook: ['nbclient', 'ipykernel'],
} as const;

export type Framework = keyof typeof FRAMEWORKS;

export interface Installed {
  /** Folder of the environment's programs; first on the PATH, its `python3` is the one that tasks run. */
  readonly bin: string;
  /** Why a framework is not there; those that are have no entry. */
  readonly missing: Readonly<Partial<Record<Framework, string>>>;
}

declare module 'vitest' {
  export interface ProvidedContext {
    installed: Installed;
  }
}

export default function install(project: TestProject): void {
  const names = Object.keys(FRAMEWORKS) as Framework[];
  const folder = join(cacheFolder(), `frameworks-${hash(pythonVersion())}`);
  const bin = join(folder, 'bin');
  const problem = existsSync(bin) ? undefined : makeEnvironment(folder);
  const missing = Object.fromEntries(
    names.flatMap((name): [Framework, string][] => {
      const why = problem ?? missingPart(folder, name);
      if (why !== undefined) console.log(`skipped: what needs ${FRAMEWORKS[name].join(' and ')}, because ${why}`);
      return why === undefined ? [] : [[name, why]];
    }),
  );
  project.provide('installed', { bin, missing });
}

function makeEnvironment(folder: string): string | undefined {
  mkdirSync(resolve(folder, '..'), { recursive: true });
  const { status, stderr, error } = run('python3', ['-m', 'venv', folder]);
  return status === 0 ? undefined : `there is no Python that makes environments: ${error?.message ?? stderr.trim()}`;
}

/** Installs it if it is not there. Why it is not there then; undefined if it is. */
function missingPart(folder: string, name: Framework): string | undefined {
  if (name === 'mpi') {
    const why = missingMpi();
    if (why !== undefined) return why;
  }
  const mark = join(folder, `${name}.installed`);
  const wanted = FRAMEWORKS[name].join(' ');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return undefined;
  console.log(`installing ${wanted}`);
  const { status, stderr } = run(join(folder, 'bin', 'pip'), ['install', '--quiet', ...FRAMEWORKS[name]]);
  if (status !== 0) return `pip could not install it: ${stderr.trim().split('\n').at(-1)}`;
  writeFileSync(mark, wanted);
  return undefined;
}

function missingMpi(): string | undefined {
  const isThere = () => run('mpirun', ['--version']).status === 0;
  if (isThere()) return undefined;
  if (process.getuid?.() !== 0 || run('apt-get', ['--version']).status !== 0) {
    return 'there is no `mpirun`; install Open MPI (Debian: openmpi-bin)';
  }
  console.log('installing openmpi-bin');
  run('apt-get', ['update', '-qq']);
  const { stderr } = run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'openmpi-bin']);
  return isThere() ? undefined : `openmpi-bin could not be installed: ${stderr.trim().split('\n').at(-1)}`;
}

function run(program: string, args: readonly string[]): SpawnSyncReturns<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', PIP_DISABLE_PIP_VERSION_CHECK: '1' };
  return spawnSync(program, args, { encoding: 'utf8', env, timeout: 300_000 });
}

const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lockstep');
const pythonVersion = (): string => run('python3', ['--version']).stdout ?? '';
const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
