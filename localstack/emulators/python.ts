import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Guardian } from '#adapters/process/guardian.ts';
import { cached } from './cache-folder.ts';
import { runCommand } from './command.ts';
import { Missing } from './emulator.ts';
import { fetchedFrom } from './registry.ts';

export interface PythonEnvironment {
  readonly name: string;
  /** Minor versions of Python 3 that will do, the best one first. */
  readonly minors: readonly number[];
  /** A locked requirements file. */
  readonly requirements: string;
  /** Folders of packages of ours, installed after it, with the files that they are made of. */
  readonly packages?: Readonly<Record<string, readonly string[]>>;
}

/**
 * The interpreter of a virtual environment that holds exactly what the lock names; made once, then taken from the cache.
 * Missing where the machine has no such Python, or cannot fetch what is locked.
 */
export async function pythonOf(guardian: Guardian, wanted: PythonEnvironment, log: string): Promise<string> {
  const base = await findPython(wanted.minors);
  const packages = Object.entries(wanted.packages ?? {});
  const sources = [wanted.requirements, ...packages.flatMap(([, files]) => files)];
  const folder = await cached(`${wanted.name}-py${base.minor}`, sources, async (draft) => {
    const pip = [join(draft, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    const run = (command: readonly string[]) => runCommand(guardian, command, { log, timeoutMs: 600_000 });
    await run([base.path, '-m', 'venv', draft]);
    await fetchedFrom('the package index of pip', () => run([...pip, '--no-deps', '-r', wanted.requirements]));
    for (const [path] of packages) {
      // pip builds a folder within the folder: a copy keeps what it makes out of the source tree.
      const copy = join(draft, 'src', basename(path));
      cpSync(path, copy, { recursive: true });
      await fetchedFrom('the package index of pip', () => run([...pip, '--no-deps', copy]));
    }
  });
  return join(folder, 'bin', 'python');
}

interface Python {
  readonly path: string;
  readonly minor: number;
}

/**
 * Looks on the PATH, and then where pyenv keeps what its names on the PATH stand for; asks each for itself, because a
 * name alone may be a stand-in for none.
 */
async function findPython(minors: readonly number[]): Promise<Python> {
  const script = 'import sys, venv, ensurepip; print(sys.executable, sys.version_info.minor)';
  const names = minors.flatMap((minor) => [`python3.${minor}`, ...pyenvPythons(minor)]);
  for (const name of [...names, 'python3']) {
    const found = await promisify(execFile)(name, ['-c', script]).catch(() => undefined);
    const [path = '', minor = ''] = found?.stdout.trim().split(' ') ?? [];
    if (minors.includes(Number(minor))) return { path, minor: Number(minor) };
  }
  const versions = minors.map((minor) => `3.${minor}`).join(' or ');
  throw new Missing(`no Python ${versions} with venv and pip on the PATH or below ${pyenvVersions()}`);
}

const pyenvVersions = () => join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');

function pyenvPythons(minor: number): readonly string[] {
  const folder = pyenvVersions();
  if (!existsSync(folder)) return [];
  const versions = readdirSync(folder).filter((version) => version.startsWith(`3.${minor}.`));
  return versions.map((version) => join(folder, version, 'bin', 'python'));
}
