import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { extract } from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageCode } from '../../../cli/run/package-code.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-package-'));
const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
afterAll(() => rmSync(folder, { recursive: true }));

/** Unpacks a code package and returns where. */
async function unpacked(archive: Uint8Array | undefined): Promise<string> {
  const target = mkdtempSync(join(folder, 'unpacked-'));
  writeFileSync(join(target, '.tgz'), archive ?? '');
  await extract({ file: join(target, '.tgz'), cwd: target });
  rmSync(join(target, '.tgz'));
  return target;
}

describe('the code package', () => {
  beforeAll(() => {
    for (const name of ['data/deep', 'node_modules/x']) mkdirSync(join(folder, name), { recursive: true });
    write('part.ts', 'export const word: string = "hello";\n');
    write(
      'task.ts',
      "import { Tensor } from 'onnxruntime-node';\nimport { encodeModel } from 'lockstep/task';\nimport { word } from './part.ts';\nconsole.log(word, typeof encodeModel, typeof Tensor);\n",
    );
    write('data/deep/words.txt', 'a b c');
    write('node_modules/x/index.js', '');
    write('run.sh', 'echo hi');
  });

  it('holds a module as one file that runs by itself beside the packages with native code', async () => {
    const source = { folder, module: join(folder, 'task.ts'), files: [] };
    const target = await unpacked(await packageCode(source, ['node', 'task.mjs']));
    expect(readdirSync(target)).toEqual(['task.mjs']);
    symlinkSync(resolve('node_modules'), join(target, 'node_modules'));
    const output = execFileSync(process.execPath, ['task.mjs'], { cwd: target, encoding: 'utf8' });
    expect(output).toBe('hello function function\n');
  });

  it('holds files and folders at their places, and the script that the command runs', async () => {
    const source = { folder, files: [join(folder, 'data')] };
    const target = await unpacked(await packageCode(source, ['sh', 'run.sh']));
    expect(readdirSync(target).sort()).toEqual(['data', 'run.sh']);
    expect(readFileSync(join(target, 'data/deep/words.txt'), 'utf8')).toBe('a b c');
  });

  it('leaves out packages where the whole folder is named', async () => {
    const target = await unpacked(await packageCode({ folder, files: [folder] }, ['ls']));
    expect(readdirSync(target).filter((name) => !name.startsWith('unpacked'))).toEqual([
      'data',
      'part.ts',
      'run.sh',
      'task.ts',
    ]);
  });

  it('is not needed for a program of the host', async () => {
    expect(await packageCode({ folder, files: [] }, ['nvidia-smi'])).toBeUndefined();
  });
});
