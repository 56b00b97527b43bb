import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundledModule } from '../../../cli/code/predict-module.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-module-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('a module that predicts, shipped', () => {
  it('is one file with what it imports, which keeps the form of its functions', async () => {
    file('weights.ts', 'export const weight: number = 3;');
    const path = file(
      'predict.ts',
      `import { weight } from './weights.ts';
       export const load = (): number => weight;
       export async function* predict(batches: AsyncIterable<number>) { yield* batches; }`,
    );
    const bytes = await bundledModule(path);
    const shipped = await import(file('shipped.mjs', Buffer.from(bytes).toString()));
    expect(shipped.load()).toBe(3);
    expect(shipped.predict.constructor.name).toBe('AsyncGeneratorFunction');
    expect(Buffer.from(await bundledModule(path))).toEqual(Buffer.from(bytes));
  });

  it('names what it cannot import', async () => {
    const path = file('predict.ts', "import { weight } from './wieghts.ts'; export default () => weight;");
    await expect(bundledModule(path)).rejects.toMatchObject({
      code: 'LS_MODEL_UNREADABLE',
      message: expect.stringContaining('./wieghts.ts'),
    });
  });
});
