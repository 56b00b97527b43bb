import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageCode } from '../../../cli/code/package-code.ts';
import { requirementFiles } from '../../../cli/code/requirement-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-requirements-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  const files = {
    'requirements.txt': '-r deps/more.txt\n./wheels/a.whl\n-e ./pkg\n',
    'deps/more.txt': '-r more.txt\n-c pins.txt\nnumpy\n',
    'deps/pins.txt': 'numpy==2.1\n',
    'wheels/a.whl': '',
    'pkg/pyproject.toml': '',
    'outside.txt': '-r ../elsewhere.txt\n',
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
});

describe('what pip reads beside the job', () => {
  it('are the requirements, the files that these name from where they lie, and wheels and folders from the job', () => {
    const places = requirementFiles(folder, {
      requirements: './requirements.txt',
      packages: ['six', './wheels/b.whl'],
    });
    expect([...places].sort()).toEqual([
      ...['deps/more.txt', 'deps/pins.txt', 'pkg', 'requirements.txt', 'wheels/a.whl', 'wheels/b.whl'],
    ]);
  });

  it('is refused by name where it lies outside of the folder or is not there', async () => {
    expect(() => requirementFiles(folder, { requirements: 'outside.txt', packages: [] })).toThrow(
      /\.\.\/elsewhere\.txt/,
    );
    const source = { file: join(folder, 'job.yaml'), folder, files: [], except: [] };
    const task = { command: ['true'], env: {}, python: { packages: ['./wheels/absent.whl'] } };
    await expect(packageCode(source, task)).rejects.toMatchObject({
      message: expect.stringContaining('wheels/absent.whl'),
    });
  });
});
