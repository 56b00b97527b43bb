/** Everything that `lockstep init` writes runs as it stands, and is never written over what is there. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { STARTER_KINDS } from '../../../cli/init/starters.ts';
import { PYARROW_PYTHON } from '../../flows/inference/python-with-pyarrow.ts';
import { hasPython } from '../../python/python.ts';
import { lockstep } from '../command.ts';

const root = mkdtempSync(join(tmpdir(), 'lockstep-init-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folders = 0;
function emptyFolder(): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
}

const run = (folder: string, ...args: readonly string[]) => lockstep(join(folder, '.lockstep'), args, folder).ended;

/** What `--json` says that was written. */
async function initialized(folder: string, ...words: readonly string[]) {
  const { code, stdout } = await run(folder, 'init', ...words, '--json');
  expect(code).toBe(0);
  return JSON.parse(stdout) as { readonly kind: string; readonly files: readonly string[]; readonly next: string };
}

/** Follows what the command says to do next, with more words where a test has to say what is there. */
async function next(folder: string, words: readonly string[], ...more: readonly string[]) {
  const { next: command } = await initialized(folder, ...words);
  const [, ...args] = command.split(' ');
  const { code, stderr, summary } = await run(folder, ...args, ...more, '--json');
  expect(code, stderr).toBe(0);
  return summary;
}

/** A classifier that always says the most frequent species has a third of them right. */
const LEARNED = 0.9;

describe('lockstep init', () => {
  const starters = (needsPython: boolean) => (needsPython ? it.runIf(hasPython) : it);

  for (const language of [[], ['--python']]) {
    const written = starters(language.length > 0);
    written(`writes a training that learns ${language}`, { timeout: 90_000 }, async () => {
      const summary = await next(emptyFolder(), ['train', ...language]);
      expect(summary).toMatchObject({ ok: true, accuracy: expect.toSatisfy(isLearned) });
    });

    written(`writes a pipeline whose predictions are right ${language}`, { timeout: 120_000 }, async () => {
      const summary = await next(emptyFolder(), ['pipeline', ...language]);
      expect(summary).toMatchObject({ ok: true, rowsPredicted: 150, accuracy: expect.toSatisfy(isLearned) });
    });
  }

  const holdsLabels = async (words: readonly string[], ...more: readonly string[]) => {
    const folder = emptyFolder();
    expect(await next(folder, words, ...more)).toMatchObject({ ok: true, rowsPredicted: 150 });
    expect((await run(folder, 'read', 'latest', '--to', 'predictions.csv')).code).toBe(0);
    const [heading, ...rows] = readFileSync(join(folder, 'predictions.csv'), 'utf8').trim().split('\n');
    expect(heading).toMatch(/^id,species,prediction\.label,/);
    const right = rows.filter((row) => row.split(',')[1] === row.split(',')[2]);
    expect(right.length / rows.length).toSatisfy(isLearned);
  };

  it('writes an inference whose labels are those of the flowers', { timeout: 60_000 }, () => holdsLabels(['infer']));

  it.runIf(PYARROW_PYTHON)('writes one by a program in Python', { timeout: 60_000 }, () =>
    holdsLabels(['infer', '--python'], '--set', `predict.python=${PYARROW_PYTHON}`),
  );

  it('says what there is', async () => {
    const { code, stdout } = await run(emptyFolder(), 'init', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).kinds.map(({ kind }: { kind: string }) => kind)).toEqual([...STARTER_KINDS]);
  });

  it('overwrites nothing: where one file is there, no other is written', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'train.yaml'), 'mine');
    symlinkSync('/nowhere', join(folder, 'train.py'));
    const { code, stderr } = await run(folder, 'init', 'train', '--python');
    expect(code).toBe(2);
    expect(stderr).toContain('has train.yaml, train.py already');
    expect(readFileSync(join(folder, 'train.yaml'), 'utf8')).toBe('mine');
    expect(existsSync(join(folder, 'flowers.csv'))).toBe(false);
  });

  it('leaves a folder of somebody with the other files in it as they are', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'README.md'), 'mine');
    expect((await initialized(folder, 'infer')).files).toEqual(['infer.yaml', 'flowers.onnx', 'new-flowers.arrow']);
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toBe('mine');
  });

  it.each([
    [['trian'], 'Did you mean train?'],
    [['batch'], 'expected train, infer, pipeline, stream, got batch'],
  ])('refuses %j', async (words, message) => {
    const folder = emptyFolder();
    const { code, stderr } = await run(folder, 'init', ...words);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});

const isLearned = (accuracy: unknown): boolean => typeof accuracy === 'number' && accuracy >= LEARNED;
