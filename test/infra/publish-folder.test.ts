import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishFolder } from '../../infra/publish-folder.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'lockstep-publish-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const write = (content: string) => (draft: string) => writeFileSync(join(draft, 'file'), content);

test('a folder is made once and appears whole', async () => {
  const path = join(parent, 'hash');
  await publishFolder(path, (draft) => {
    expect(readdirSync(parent)).toEqual([expect.stringMatching(/^\.draft-hash-/)]);
    write('first')(draft);
  });
  await publishFolder(path, () => expect.unreachable('it is there already'));
  expect(readFileSync(join(path, 'file'), 'utf8')).toBe('first');
});

test('of two that are made at once, one stays and neither fails', async () => {
  const path = join(parent, 'hash');
  const both = Promise.withResolvers<void>();
  let begun = 0;
  const fill = (content: string) => async (draft: string) => {
    if (++begun === 2) both.resolve();
    await both.promise;
    write(content)(draft);
  };
  await Promise.all([publishFolder(path, fill('one')), publishFolder(path, fill('two'))]);
  expect(['one', 'two']).toContain(readFileSync(join(path, 'file'), 'utf8'));
  expect(readdirSync(parent)).toEqual(['hash']);
});

test('a failure leaves nothing behind', async () => {
  const failure = publishFolder(join(parent, 'hash'), () => {
    throw new Error('no source');
  });
  await expect(failure).rejects.toThrow('no source');
  expect(readdirSync(parent)).toEqual([]);
});

test('what nobody has used for days goes when another is made; what was used stays', async () => {
  const old = new Date(Date.now() - 10 * 24 * 3600 * 1000);
  for (const name of ['unused', '.draft-killed', 'used']) {
    mkdirSync(join(parent, name));
    utimesSync(join(parent, name), old, old);
  }
  await publishFolder(join(parent, 'used'), () => expect.unreachable('it is there already'));
  await publishFolder(join(parent, 'new'), write('new'));
  expect(readdirSync(parent).sort()).toEqual(['new', 'used']);
});
