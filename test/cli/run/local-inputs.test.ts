import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { LoadedInfer } from '../../../cli/job/loaded.ts';
import { chunksOf, localInputs } from '../../../cli/run/local-inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-inputs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const inputsOf = (...input: readonly string[]) =>
  localInputs({ file: join(folder, 'job.yaml'), job: { input } } as unknown as LoadedInfer);

it('are the data files of a folder in the order of their names, and not its folders', () => {
  for (const name of ['b.arrow', 'a.arrows', 'notes.txt']) writeFileSync(join(folder, name), '');
  symlinkSync(join(folder, 'b.arrow'), join(folder, 'c.feather'));
  mkdirSync(join(folder, 'old.arrow'));
  expect(inputsOf(folder)).toEqual(['a.arrows', 'b.arrow', 'c.feather'].map((name) => join(folder, name)));
});

it('are LS_DATA_EMPTY where a folder holds only folders', () => {
  const empty = join(folder, 'empty');
  mkdirSync(join(empty, 'x.arrow'), { recursive: true });
  expect(() => inputsOf(empty)).toThrow(expect.objectContaining({ code: 'LS_DATA_EMPTY' }));
});

it('are LS_DATA_UNREADABLE where a file has gone or cannot be read', async () => {
  const read = async (file: string) => {
    for await (const _ of chunksOf(file));
  };
  await expect(read(join(folder, 'gone.arrow'))).rejects.toThrow(
    expect.objectContaining({ code: 'LS_DATA_UNREADABLE', message: expect.stringContaining('gone.arrow: ENOENT') }),
  );
  await expect(read(folder)).rejects.toThrow(expect.objectContaining({ code: 'LS_DATA_UNREADABLE' }));
});
