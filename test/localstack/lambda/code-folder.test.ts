import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeFolder } from '../../../localstack/embedded/lambda/code-folder.ts';
import { lambdaHost } from './lambda-host.ts';

let project: string;
let asset: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'lockstep-project-'));
  asset = join(project, 'asset.123');
  mkdirSync(asset);
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
});
afterEach(() => rmSync(project, { recursive: true }));

describe('the code of a function below a package.json that says "module"', () => {
  it('runs as CommonJS where its ending leaves it open', async () => {
    writeFileSync(join(asset, 'index.js'), 'exports.handler = async () => require("node:path").sep;');
    const code = 'exports.handler = null;';
    const inPlace = await lambdaHost({ f: { code, codeDir: asset, handler: 'index.handler' } });
    expect((await inPlace.lambda.invoke('f', '{}')).ok).toBe(false);
    await inPlace.stop();

    const codeDir = codeFolder({ path: asset }, join(project, 'copies'));
    const copied = await lambdaHost({ f: { code, codeDir, handler: 'index.handler' } });
    expect(await copied.lambda.invoke('f', '{}')).toEqual({ ok: true, payload: '"/"' });
    await copied.stop();
  });

  it('stays where it is if its ending or its own package.json says what it is', () => {
    writeFileSync(join(asset, 'index.cjs'), '');
    writeFileSync(join(asset, 'index.mjs'), '');
    expect(codeFolder({ path: asset }, join(project, 'copies'))).toBe(asset);
    writeFileSync(join(asset, 'index.js'), '');
    writeFileSync(join(asset, 'package.json'), '{"type":"module","name":"own"}');
    expect(codeFolder({ path: asset }, join(project, 'copies'))).toBe(asset);
    expect(readFileSync(join(asset, 'package.json'), 'utf8')).toContain('own');
  });
});
