import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stateFolder } from '../e2e/command.ts';
import { installed, isMissing } from './training.ts';

const python = join(installed.bin, 'python3');
const call = promisify(execFile);

test.skipIf(isMissing('base') || isMissing('notebook'))(
  'the wheel installs from the clone alone, and the notebook runs with it from top to bottom',
  async () => {
    const home = stateFolder();
    // As `pip install ./python` does, but with the build tool that the environment has.
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-build-isolation',
      '--no-deps',
      '--target',
      home.path,
      './python',
    ];
    await call(python, pip);
    const env = { ...process.env, PYTHONPATH: home.path, LOCKSTEP_HOME: join(home.path, 'state') };
    const where = await call(python, ['-c', 'import lockstep, lockstep_task; print(lockstep.__file__)'], { env });
    expect(where.stdout).toContain(home.path);

    const program = join(import.meta.dirname, 'fixtures', 'notebook.py');
    const { stdout } = await call(python, [program, 'examples/notebook/first-steps.ipynb'], { env });
    const [, pi = '', failure = '', gang = ''] = JSON.parse(stdout) as string[];
    expect(pi).toMatch(/\[3\] \d+ of 100000 points are inside/);
    expect(pi).toMatch(/3\.1\d+$/);
    expect(failure).toMatch(/^rank 2 ended with 1: ValueError: this rank does not like its data\nTraceback/);
    expect(failure).toContain('in fails\n');
    expect(gang).toMatch(/\[3\] \d+ of 100000 points are inside/);
    expect(gang).toContain("'succeeded'");
    home.remove();
  },
);
