/** Programs are packed, unpacked as on a host, and started there by the real launchers. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpack } from '#adapters/archive/unpack.ts';
import { packageCode } from '../../../cli/code/package-code.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-launchers-')));
  const files = {
    'train.py': 'import model; print("trained", model.NAME)',
    'model.py': 'NAME = "a model"',
    'pkg/__init__.py': '',
    'pkg/train.py': 'import os, model; from pkg import deep; print("trained", model.NAME, deep.WORDS)',
    'pkg/deep.py': 'import os; WORDS = open(os.path.join(os.path.dirname(__file__), "words.txt")).read()',
    'pkg/words.txt': 'and words',
    'run.sh': 'set -e\nexec python3 -u train.py "$@"\n',
    'js/train.mjs': 'import { NAME } from "./model.js"; console.log("trained", NAME);',
    'js/model.js': 'export const NAME = "a model";',
    'js/package.json': '{ "type": "module" }',
    'other.txt': 'stays',
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, 'job', name, '..'), { recursive: true });
    writeFileSync(join(root, 'job', name), content);
  }
});
afterEach(() => rmSync(root, { recursive: true }));

/** What a command prints on a host that has nothing but the code package. */
async function printedBy(command: readonly string[]): Promise<string> {
  const folder = join(root, 'job');
  const source = { file: join(folder, 'job.yaml'), folder, files: [], except: [] };
  await using code = await packageCode(source, { command, env: {} });
  writeFileSync(join(root, 'code.tgz'), code === undefined ? '' : await buffer(code.chunks()));
  const host = join(root, 'host');
  mkdirSync(host);
  await unpack(join(root, 'code.tgz'), host);
  rmSync(folder, { recursive: true });
  const [program = '', ...args] = command;
  return execFileSync(program, args, { cwd: host, encoding: 'utf8' });
}

describe('nothing but the command need be written', () => {
  it.each([
    ['python3', 'train.py'],
    ['python3', '-u', '-W', 'ignore', 'train.py'],
    ['env', 'X=1', 'python3', 'train.py'],
    ['sh', '-c', 'X=1 python3 train.py --lr 0.1'],
    ['bash', '-ec', 'echo begins >&2; exec python3 train.py'],
    ['sh', 'run.sh', '--lr', '0.1'],
    ['node', '--no-warnings', 'js/train.mjs'],
  ])('%s %s %s', async (...command) => {
    expect(await printedBy(command)).toBe('trained a model\n');
  });

  it('python3 -m', async () => {
    expect(await printedBy(['python3', '-m', 'pkg.train'])).toBe('trained a model and words\n');
  });

  it.skipIf(!isThere('mpirun'))('mpirun', async () => {
    const command = ['mpirun', '--allow-run-as-root', '--oversubscribe', '-np', '2', 'python3', 'train.py'];
    expect(await printedBy(command)).toBe('trained a model\n'.repeat(2));
  });
});

function isThere(program: string): boolean {
  try {
    execFileSync('which', [program]);
    return true;
  } catch {
    return false;
  }
}
