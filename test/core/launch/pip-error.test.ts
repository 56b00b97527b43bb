/** Real output of pip 23.2 and 25.1. */
import { describe, expect, test } from 'vitest';
import { isDiskFull, pipError } from '#core/launch/pip-error.ts';

const NOT_FOUND = `Collecting six
  Using cached six-1.17.0-py2.py3-none-any.whl (11 kB)
ERROR: Could not find a version that satisfies the requirement nosuch==9 (from versions: none)
ERROR: No matching distribution found for nosuch==9
`;
const CONFLICT = `ERROR: Cannot install numpy==1.26.4 and numpy==2.1.0 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested numpy==1.26.4
    The user requested numpy==2.1.0
ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/en/latest/topics/dependency-resolution/
`;
const BUILD = `Processing ./bad
  error: subprocess-exited-with-error

  × python setup.py bdist_wheel did not run successfully.
  │ exit code: 1
  ╰─> [6 lines of output]
      Traceback (most recent call last):
        File "<string>", line 2, in <module>
      RuntimeError: CUDA_HOME is not set
      [end of output]

  note: This error originates from a subprocess, and is likely not a problem with pip.
  ERROR: Failed building wheel for bad
ERROR: Failed to build one or more wheels
`;

describe('the words of pip', () => {
  test.each([
    [
      NOT_FOUND,
      'No matching distribution found for nosuch==9; Could not find a version that satisfies the requirement nosuch==9 (from versions: none)',
    ],
    [CONFLICT, /^ResolutionImpossible: .*; Cannot install numpy==1\.26\.4 and numpy==2\.1\.0 because/],
    [BUILD, 'Failed to build one or more wheels; RuntimeError: CUDA_HOME is not set'],
    ['error: externally-managed\n/usr/bin/python3: No module named venv\n\n', '/usr/bin/python3: No module named venv'],
    ['', 'it printed nothing'],
  ])('%#: name what could not be had', (output, expected) => {
    expect(pipError(output)).toMatch(expected);
  });

  test('say where the disk was full', () => {
    expect(
      isDiskFull("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device: '/x'"),
    ).toBe(true);
    expect(isDiskFull(NOT_FOUND)).toBe(false);
  });
});
