import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { collector } from '../../../cli/run/collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-collect-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('copies what lies below a prefix and turns the URIs of copies into their own', async () => {
  const objects = memoryObjects();
  for (const key of ['runs/a/parts/0', 'runs/a/parts/1', 'runs/ab/parts/0'])
    await objects.put(`s3://b/${key}`, Buffer.from(key));
  const copies = collector({ bucket: 'b', objects }, 'runs/a/', folder);
  expect(await copies.copy('runs/a/parts/')).toEqual([join(folder, 'parts/0'), join(folder, 'parts/1')]);
  const manifest = { parts: [{ uri: 's3://b/runs/a/parts/1' }], model: 's3://b/models/m', rows: 3, none: null };
  const local = copies.localized(manifest);
  expect(local).toMatchObject({ model: 's3://b/models/m', rows: 3, none: null });
  expect(readFileSync(fileURLToPath(local.parts[0]?.uri ?? ''), 'utf8')).toBe('runs/a/parts/1');
});

it('copies only what the cloud cannot leave behind by itself', async () => {
  const objects = memoryObjects();
  for (const key of ['runs/c/0', 'runs/c/1']) await objects.put(`s3://b/${key}`, Buffer.from(key));
  const keepAt = (path: string, uri: string) => {
    if (!uri.endsWith('/1')) return false;
    writeFileSync(path, 'left behind');
    return true;
  };
  const copies = collector({ bucket: 'b', objects, keepAt }, 'runs/c/', join(folder, 'c'));
  const paths = await copies.copy('runs/c/');
  expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['runs/c/0', 'left behind']);
});
