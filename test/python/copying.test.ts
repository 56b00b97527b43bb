import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasPython, PACKAGE } from './python.ts';

let [folder, target] = ['', ''];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-copying-'));
  target = join(folder, 'package');
  mkdirSync(target);
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

const PROGRAM = `
import json, sys
from lockstep.copying import copy_files
from lockstep.errors import LockstepError
try:
    print(json.dumps({"lines": copy_files(sys.argv[2:], sys.argv[1])}))
except LockstepError as error:
    print(json.dumps({"code": error.code, "message": error.message}))
`;

function copied(...files: string[]): { lines?: string[]; code?: string; message?: string } {
  const args = ['-c', PROGRAM, target, ...files.map((file) => join(folder, file))];
  const env = { PATH: process.env.PATH, PYTHONPATH: PACKAGE, PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8', env, timeout: 30_000 });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

const below = () => readdirSync(target, { recursive: true }).map(String).sort();

describe.skipIf(!hasPython)('files that lockstep.run takes along', () => {
  test('are files and folders at their own names, without what tools keep beside code', () => {
    write({ 'src/a.py': 'a', 'src/deep/b.txt': 'b', 'src/__pycache__/a.pyc': '', 'src/.git/HEAD': '', 'c.json': 'c' });
    expect(copied('src', 'c.json')).toEqual({ lines: [] });
    expect(below()).toEqual(['c.json', 'src', 'src/a.py', 'src/deep', 'src/deep/b.txt']);
  });

  test('stay links within a folder, and are what a link leads to where that lies elsewhere', () => {
    write({ 'src/a.py': 'a', 'elsewhere/b.py': 'b', 'elsewhere/c/d.py': 'd' });
    symlinkSync('a.py', join(folder, 'src/same.py'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'src/other'));
    symlinkSync('nothing', join(folder, 'src/gone'));
    const { lines } = copied('src');
    expect(lines).toEqual([`left out: ${join(folder, 'src/gone')}, which links to nothing`]);
    expect(readlinkSync(join(target, 'src/same.py'))).toBe('a.py');
    expect(readFileSync(join(target, 'src/other/c/d.py'), 'utf8')).toBe('d');
  });

  test('leave pipes and virtual environments behind, and say so', () => {
    write({ 'src/a.py': '', 'src/venv/pyvenv.cfg': '', 'src/venv/bin/python': '' });
    execFileSync('mkfifo', [join(folder, 'src/pipe')]);
    const { lines } = copied('src');
    expect(lines?.toSorted()).toEqual([
      `left out: ${join(folder, 'src/pipe')}, a pipe`,
      `left out: ${join(folder, 'src/venv')}, a virtual environment, which works on this machine alone`,
    ]);
    expect(below()).toEqual(['src', 'src/a.py']);
  });

  test('are refused by name where they cannot travel', () => {
    write({ 'venv/pyvenv.cfg': '', 'loop/a.py': '', 'huge.bin': '' });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    symlinkSync('.', join(folder, 'loop/self'));
    truncateSync(join(folder, 'huge.bin'), 2 ** 30 + 1);
    const refusal = (code: string, words: string) => ({ code, message: expect.stringContaining(words) });
    expect(copied('pipe')).toEqual(refusal('LS_CODE_REFUSED', `${join(folder, 'pipe')} is a pipe`));
    expect(copied('venv')).toEqual(refusal('LS_CODE_REFUSED', 'is a virtual environment'));
    expect(copied('loop')).toEqual(refusal('LS_CODE_REFUSED', `${join(folder, 'loop/self')} is a link to`));
    expect(copied('absent')).toEqual(refusal('LS_JOB_COMMAND_MISSING', join(folder, 'absent')));
    expect(copied('huge.bin')).toEqual(refusal('LS_CODE_TOO_LARGE', 'huge.bin 1024 MiB'));
  });
});
