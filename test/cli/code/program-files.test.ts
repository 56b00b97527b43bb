import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programFiles } from '../../../cli/code/program-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-program-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  const files = {
    'train.py': 'import numpy\nimport model\nfrom pkg import data\nimport src.loss\nimport datasets\n',
    'model.py': 'import layers',
    'layers.py': 'import model',
    'unused.py': '',
    'pkg/__init__.py': '',
    'pkg/data.py': 'import helpers',
    'pkg/words.txt': '',
    'helpers.py': '',
    'src/loss.py': '',
    'src/sub/x.py': '',
    // Data that is called like a package.
    'datasets/big.bin': '',
    'jobs/run.py': 'import near\nimport shared',
    'jobs/near.py': '',
    'vendor/shared/__init__.py': '',
    'config.yaml': '',
    'run.sh': 'python train.py',
    'web/t.mjs': "import { a } from './a.js'; import fs from 'node:fs'; import 'left-pad'; console.log(a, fs);",
    'web/a.js': 'export const a = 1;',
    'web/package.json': '{ "type": "module" }',
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
});

const found = async (command: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  [...(await programFiles({ folder, command, env }))].sort();

const TRAIN = ['helpers.py', 'layers.py', 'model.py', 'pkg', 'src', 'train.py'];

describe('the files that a command needs', () => {
  it('are the program and what it imports from beside it, packages as a whole', async () => {
    expect(await found(['python3', '-u', 'train.py'])).toEqual(TRAIN);
  });

  it('are those of the script that a shell is given, and of its text', async () => {
    expect(await found(['sh', 'run.sh'])).toEqual([...TRAIN, 'run.sh'].sort());
    expect(await found(['sh', '-c', 'python train.py && ./made-later'])).toEqual(TRAIN);
  });

  it('are those of a module, and none of one that is installed', async () => {
    expect(await found(['python3', '-m', 'pkg.data'])).toEqual(['helpers.py', 'pkg']);
    expect(await found(['python3', '-m', 'http.server'])).toEqual([]);
  });

  it('are found beside the script, and in the folders of PYTHONPATH', async () => {
    expect(await found(['python3', 'jobs/run.py'])).toEqual(['jobs/near.py', 'jobs/run.py']);
    const all = ['jobs/near.py', 'jobs/run.py', 'vendor/shared'];
    expect(await found(['python3', 'jobs/run.py'], { PYTHONPATH: '/opt/x:vendor' })).toEqual(all);
  });

  it('are what a program for Node imports, with the package.json that says how', async () => {
    expect(await found(['node', 'web/t.mjs'])).toEqual(['web/a.js', 'web/package.json', 'web/t.mjs']);
  });

  it('are files that arguments name, but no folders', async () => {
    const command = ['python3', 'helpers.py', '--config=config.yaml', 'model.py', 'datasets'];
    expect(await found(command)).toEqual(['config.yaml', 'helpers.py', 'model.py']);
  });

  it('are refused where the program lies outside of the folder', async () => {
    const error = expect.objectContaining({
      code: 'LS_JOB_COMMAND_MISSING',
      message: expect.stringMatching(/^\.\.\/t\.py lies outside/),
    });
    await expect(found(['python3', '../t.py'])).rejects.toEqual(error);
  });

  it('are a program that must be there also where it is not', async () => {
    expect(await found(['python3', 'absent.py'])).toEqual(['absent.py']);
  });
});
