import type { PythonSpec } from '#core/job/job.ts';
import { EnvironmentFailed } from './environment-failed.ts';
import { type RunOptions, runPython } from './run-python.ts';

/** A Python of this host. */
export interface Interpreter {
  readonly path: string;
  /** E.g. `3.11.7`. */
  readonly version: string;
  /** What wheels with native code must be for, e.g. `linux-x86_64`. */
  readonly platform: string;
}

const ASK = 'import sys, sysconfig; print(sys.executable, "%d.%d.%d" % sys.version_info[:3], sysconfig.get_platform())';

/** The Python of the version that the job names, else `python3`. EnvironmentFailed where the PATH has none. */
export async function findInterpreter({ version }: PythonSpec, run: Omit<RunOptions, 'what'>): Promise<Interpreter> {
  const what = 'looking for Python';
  const found: Interpreter[] = [];
  for (const name of version === undefined ? ['python3'] : [`python${version}`, 'python3', 'python']) {
    const answer = await runPython([name, '-c', ASK], { ...run, what }).catch((error: unknown) => {
      if (!(error instanceof EnvironmentFailed)) throw error;
    });
    const [, path, has, platform] = /^(.+) (\d+\.\d+\.\d+) (\S+)\s*$/.exec(answer ?? '') ?? [];
    if (path === undefined || has === undefined || platform === undefined) continue;
    if (version === undefined || `${has}.`.startsWith(`${version}.`)) return { path, version: has, platform };
    found.push({ path, version: has, platform });
  }
  const expected = version === undefined ? 'python3' : `Python ${version}`;
  const got = found.length === 0 ? 'none' : [...new Set(found.map((one) => one.version))].join(', ');
  throw new EnvironmentFailed(`expected ${expected} on the PATH of the host, as task.python says, got ${got}`);
}
