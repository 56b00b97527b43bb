import { spawnSync } from 'node:child_process';

/** Interpreters that may have pyarrow; the first is for machines where another than `python3` has. */
const CANDIDATES = [process.env.LOCKSTEP_TEST_PYTHON, 'python3'].filter((one) => one !== undefined);

const imports = (python: string, packages = 'pyarrow, numpy'): boolean =>
  spawnSync(python, ['-c', `import ${packages}`], { timeout: 60_000 }).status === 0;

/** A Python with pyarrow and numpy; undefined where there is none, which is said. */
export const PYARROW_PYTHON: string | undefined = CANDIDATES.find((python) => imports(python));
/** Whether that Python has a package too. */
export const hasPackage = (name: string): boolean => PYARROW_PYTHON !== undefined && imports(PYARROW_PYTHON, name);

if (PYARROW_PYTHON === undefined) {
  console.log(
    `skipped: Python programs, because none of ${CANDIDATES.join(', ')} has pyarrow; see LOCKSTEP_TEST_PYTHON`,
  );
}
