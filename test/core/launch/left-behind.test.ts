import { describe, expect, test } from 'vitest';
import { withHint } from '#core/launch/left-behind.ts';

const FOLDER = '/host/code';
const LEFT = ['data/labels.json', 'lib/util.js', 'loss.py', 'pkg/__init__.py', 'src/model.py', 'names.txt'];
const hint = (place: string, entry = place) =>
  `(${place} lies beside the job file and was not taken along: add ${entry} to task.files)`;

describe('an error about a file that did not travel', () => {
  test.each([
    ["ModuleNotFoundError: No module named 'loss'", hint('loss.py')],
    ["ModuleNotFoundError: No module named 'pkg.sub'", hint('pkg/__init__.py', 'pkg')],
    ["ModuleNotFoundError: No module named 'src.model'", hint('src/model.py')],
    ["FileNotFoundError: [Errno 2] No such file or directory: 'data/labels.json'", hint('data/labels.json')],
    ["FileNotFoundError: [Errno 2] No such file or directory: '/host/code/./data/../names.txt'", hint('names.txt')],
    ["Error: ENOENT: no such file or directory, open 'names.txt'", hint('names.txt')],
    [
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/host/code/lib/util.js' imported from /host/code/t.mjs",
      hint('lib/util.js'),
    ],
    ["Error: Cannot find module './lib/util'", hint('lib/util.js')],
    ["python3: can't open file '/host/code/loss.py': [Errno 2] No such file or directory", hint('loss.py')],
    ['cat: names.txt: No such file or directory', hint('names.txt')],
  ])('%s', (error, expected) => {
    expect(withHint(`${error}\nTraceback`, FOLDER, LEFT)).toBe(`${error} ${expected}\nTraceback`);
  });

  test.each([
    ["ModuleNotFoundError: No module named 'torch'"],
    ["FileNotFoundError: [Errno 2] No such file or directory: '/elsewhere/names.txt'"],
    ["FileNotFoundError: [Errno 2] No such file or directory: '../names.txt'"],
    ['ValueError: names.txt is empty'],
  ])('leaves %s as it is', (error) => {
    expect(withHint(error, FOLDER, LEFT)).toBe(error);
  });

  test('finds it in the second of two lines, and says it in the first, which people read', () => {
    const error = "ImportError: cannot start\nCaused by: No module named 'loss'";
    expect(withHint(error, FOLDER, LEFT).split('\n')[0]).toBe(`ImportError: cannot start ${hint('loss.py')}`);
  });
});
