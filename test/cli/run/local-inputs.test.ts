import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { LoadedInfer } from '../../../cli/job/loaded.ts';
import { chunksOf, localInputs, localModel } from '../../../cli/run/local-inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-inputs-'));
afterAll(() => {
  for (const each of [folder, `${folder}-far`]) rmSync(each, { recursive: true, force: true });
});

const inputsOf = (...input: readonly string[]) => matching(undefined, ...input);
const matching = (match: readonly string[] | undefined, ...input: readonly string[]) =>
  localInputs({ file: join(folder, 'job.yaml'), job: { input, match } } as unknown as LoadedInfer);

it('are the tables of a folder to its bottom, in the order of their names, and what is not read with the reason', () => {
  for (const name of ['day=1/old.arrow', '.git', '_temporary']) mkdirSync(join(folder, name), { recursive: true });
  const names = ['b.PARQUET', 'a.arrows', 'notes.txt', '_SUCCESS', 'bare', 'day=1/old.arrow/x.feather'];
  for (const name of [...names, '.git/x.arrow', '_temporary/y.arrow']) writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, '..', `${basename(folder)}-far`));
  writeFileSync(join(folder, '..', `${basename(folder)}-far`, 'far.arrow'), '');
  symlinkSync(join(folder, '..', `${basename(folder)}-far`, 'far.arrow'), join(folder, 'linked.arrow'));
  symlinkSync(join(folder, 'a.arrows'), join(folder, 'again.arrow'));
  symlinkSync(join(folder, 'absent'), join(folder, 'broken.arrow'));
  symlinkSync(folder, join(folder, 'round'));
  const { files, skipped } = inputsOf(folder);
  const near = (path: string) => path.slice(folder.length + 1);
  expect(files.map(near)).toEqual(['a.arrows', 'b.PARQUET', 'bare', 'day=1/old.arrow/x.feather', 'linked.arrow']);
  expect(Object.fromEntries(skipped.some.map(({ uri, reason }) => [near(uri), reason]))).toEqual({
    '.git/': '`.git` begins with `.`, as markers do',
    '_temporary/': '`_temporary` begins with `_`, as markers do',
    _SUCCESS: '`_SUCCESS` begins with `_`, as markers do',
    'notes.txt': '`.txt` is no ending of a table; name the file itself in `input` to read it',
    'again.arrow': `it is the same file as ${join(folder, 'a.arrows')}`,
    'broken.arrow': 'it is a link to nothing',
    round: 'it is a link to a folder',
  });
  expect(skipped.count).toBe(7);
});

it('are each read once, however often the job names them, and whatever their ending where it names them itself', () => {
  const file = join(folder, 'notes.txt');
  expect(inputsOf(file, file)).toEqual({
    files: [file],
    below: new Map(),
    skipped: { count: 1, some: [{ uri: file, reason: 'it is named twice, and read once' }] },
  });
});

it('are what the rule of the job matches in a folder, and what it names itself whatever the rule', () => {
  const ruled = join(folder, 'ruled');
  mkdirSync(join(ruled, 'day=1'), { recursive: true });
  for (const name of ['a.csv.pq', 'b.pq', 'day=1/c.pq', 'c.bin']) writeFileSync(join(ruled, name), '');
  const named = join(ruled, 'c.bin');
  const { files, below, skipped } = matching(['day=*/*.pq', 'a.*.pq'], ruled, named);
  expect([...below.values()]).toEqual(['a.csv.pq', 'day=1/c.pq']);
  expect(files).toEqual([join(ruled, 'a.csv.pq'), join(ruled, 'day=1/c.pq'), named]);
  expect(skipped.some.map(({ uri }) => uri)).toEqual([join(ruled, 'b.pq'), named]);
  expect(() => matching(['*.pk'], ruled)).toThrow(
    expect.objectContaining({ code: 'LS_DATA_EMPTY', message: expect.stringContaining('did you mean `*.pq`?') }),
  );
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

it('have no model where the job names a folder: the file in it is offered, or another way', () => {
  const saved = join(folder, 'saved');
  mkdirSync(saved);
  const modelOf = () => localModel({ file: join(folder, 'job.yaml'), job: { model: saved } } as unknown as LoadedInfer);
  const refused = (remedy: string) =>
    expect(modelOf).toThrow(
      expect.objectContaining({
        code: 'LS_MODEL_UNREADABLE',
        message: `job.yaml model: ${saved} is a folder, expected an ONNX file`,
        remedy: expect.stringContaining(remedy),
      }),
    );
  refused('Export the model as ONNX, which is one file');
  writeFileSync(join(saved, 'model.onnx'), '');
  refused('Name the file: `model: saved/model.onnx`.');
});
