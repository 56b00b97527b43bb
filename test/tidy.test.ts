import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Each line: a file, what it holds, and the rule that must refuse it (undefined: it must be accepted). */
const PROBES: readonly [file: string, source: string, rule: string | undefined][] = [
  ['core/gang/a.ts', "import fs from 'node:fs';\nexport const x = fs;\n", 'noRestrictedImports'],
  ['core/gang/b.ts', "import { s3 } from '#adapters/aws/clients.ts';\nexport const x = s3;\n", 'noRestrictedImports'],
  ['core/gang/c.ts', "import { z } from 'zod';\nexport const x = z;\n", 'noRestrictedImports'],
  ['core/gang/d.ts', "import type { Y } from '../../adapters/y.ts';\nexport type X = Y;\n", 'noRestrictedImports'],
  ['core/gang/e.ts', "export { z } from 'zod';\n", 'noRestrictedImports'],
  ['core/gang/f.ts', 'export const x = () => Date.now();\n', 'noRestrictedGlobals'],
  ['core/gang/g.ts', 'export const x = () => process.env;\n', 'noRestrictedGlobals'],
  ['core/gang/h.ts', 'export const x = () => setTimeout(() => {}, 1);\n', 'noRestrictedGlobals'],
  ['core/gang/i.ts', "import { d } from '#flows/gang/drive.ts';\nexport const x = d;\n", 'noRestrictedImports'],
  ['core/gang/j.ts', "import { d } from '#formats/json/json-object.ts';\nexport const x = d;\n", 'noRestrictedImports'],
  [
    'core/gang/k.ts',
    "import { a } from '../fleet/a.ts';\nimport { b } from './b2.ts';\nexport const x = [a, b];\n",
    undefined,
  ],
  ['formats/arrow/a.ts', "import { d } from '#flows/gang/drive.ts';\nexport const x = d;\n", 'noRestrictedImports'],
  ['formats/arrow/b.ts', "import { d } from '#adapters/aws/clients.ts';\nexport const x = d;\n", 'noRestrictedImports'],
  ['formats/arrow/c.ts', "import { open } from 'node:fs/promises';\nexport const x = open;\n", 'noRestrictedImports'],
  [
    'formats/arrow/d.ts',
    "import { S3Client } from '@aws-sdk/client-s3';\nexport const x = S3Client;\n",
    'noRestrictedImports',
  ],
  ['formats/arrow/e.ts', "import { a } from '#core/names.ts';\nexport const x = a;\n", undefined],
  ['formats/arrow/f.ts', "import { Table } from 'apache-arrow';\nexport const x = Table;\n", undefined],
  ['flows/gang/a.ts', "import { d } from '#adapters/aws/clients.ts';\nexport const x = d;\n", 'noRestrictedImports'],
  [
    'flows/inference/a.ts',
    "import { onnxPredictors } from '#adapters/predictors/onnx/predictors.ts';\nexport const x = onnxPredictors;\n",
    'noRestrictedImports',
  ],
  ['flows/gang/b.ts', "import { spawn } from 'node:child_process';\nexport const x = spawn;\n", 'noRestrictedImports'],
  ['flows/gang/c.ts', "import type { Y } from '../../cli/y.ts';\nexport type X = Y;\n", 'noRestrictedImports'],
  [
    'flows/gang/d.ts',
    "import { S3Client } from '@aws-sdk/client-s3';\nexport const x = S3Client;\n",
    'noRestrictedImports',
  ],
  ['flows/gang/e.ts', "import { a } from '#core/names.ts';\nexport const x = a;\n", undefined],
  ['flows/gang/f.ts', "import { a } from '#formats/json/json-object.ts';\nexport const x = a;\n", undefined],
  ['adapters/a.ts', "import { handler } from '../functions/a.ts';\nexport const x = handler;\n", 'noRestrictedImports'],
  ['adapters/b.ts', "import { a } from '#core/names.ts';\nexport const x = a;\n", undefined],
  ['adapters/c.ts', "import { a } from '#flows/gang/drive.ts';\nexport const x = a;\n", 'noRestrictedImports'],
  ['adapters/d.ts', "import { a } from '#formats/json/json-object.ts';\nexport const x = a;\n", undefined],
  [
    'infra/a.ts',
    "import type { Phase } from '#core/gang/records.ts';\nexport type X = Phase;\n",
    'noRestrictedImports',
  ],
  ['infra/b.ts', "import { a } from '#adapters/aws/clients.ts';\nexport const x = a;\n", 'noRestrictedImports'],
  ['infra/c.ts', "import { ENV } from '#core/names.ts';\nexport const x = ENV;\n", undefined],
  ['infra/d.ts', "import { a } from '#flows/gang/drive.ts';\nexport const x = a;\n", 'noRestrictedImports'],
  ['functions/a.ts', "import { a } from '../gpu-agent/agent.ts';\nexport const x = a;\n", 'noRestrictedImports'],
  ['functions/b.ts', "import { a } from './runtime.ts';\nexport const x = a;\n", undefined],
  ['gpu-agent/a.ts', "import { a } from '../functions/runtime.ts';\nexport const x = a;\n", 'noRestrictedImports'],
  ['cli/a.ts', "import { a } from '../infra/app.ts';\nexport const x = a;\n", 'noRestrictedImports'],
  ['cli/b.ts', "import { a } from '../localstack/embedded/cloud.ts';\nexport const x = a;\n", undefined],
  ['localstack/a.ts', "import { a } from '../functions/runtime.ts';\nexport const x = a;\n", 'noRestrictedImports'],
];

describe('the layer rules of the linter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-tidy-'));
  let refused: ReadonlyMap<string, readonly string[]>;

  beforeAll(() => {
    cpSync('biome.json', join(folder, 'biome.json'));
    for (const [file, source] of PROBES) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), source);
    }
    const biome = join(process.cwd(), 'node_modules/.bin/biome');
    const args = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=200', '.'];
    const { stdout } = spawnSync(biome, args, { cwd: folder, encoding: 'utf8' });
    refused = byFile(JSON.parse(stdout).diagnostics);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(PROBES)('%s', (file, _source, rule) => {
    const rules = refused.get(file) ?? [];
    if (rule === undefined) expect(rules.filter((name) => name.startsWith('noRestricted'))).toEqual([]);
    else expect(rules).toContain(rule);
  });
});

describe('the source tree', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.py', '*.mjs'], { encoding: 'utf8' }).trim().split('\n');
  const source = files.filter((file) => !/^(test|bench)\//.test(file));
  const lines = (file: string) => readFileSync(file, 'utf8').split('\n').length;

  it('keeps files small: no source file is longer than 300 lines', () => {
    expect(source.length).toBeGreaterThan(100);
    expect(source.filter((file) => lines(file) > 300)).toEqual([]);
  });

  it('keeps handlers thin: a Lambda is at most 40 lines, the compositions of ports apart', () => {
    const handlers = source.filter((file) => file.startsWith('functions/') && !file.endsWith('runtime.ts'));
    expect(handlers.length).toBeGreaterThan(10);
    expect(handlers.filter((file) => lines(file) - 1 > 40)).toEqual([]);
  });

  it('does not await in core', () => {
    const core = source.filter((file) => file.startsWith('core/'));
    expect(core.filter((file) => /\bawait\b|\basync\b/.test(withoutComments(readFileSync(file, 'utf8'))))).toEqual([]);
  });

  it('locks the packages of every platform, without which npm ci refuses to install anything', () => {
    const { status, stderr } = spawnSync(process.execPath, ['.ci/complete-lock.mjs', '--check'], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  });

  it('keeps nothing that a build or an installation makes', () => {
    const kept = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n');
    const made = /(^|\/)(node_modules|dist|cdk\.out|build\/lib|[^/]+\.egg-info|__pycache__|\.venv)\/|\.(tgz|whl|pyc)$/;
    expect(kept.filter((file) => made.test(file))).toEqual([]);
    const ignored = execFileSync('git', ['ls-files', '--cached', '--ignored', '--exclude-standard'], {
      encoding: 'utf8',
    });
    expect(ignored).toBe('');
  });

  it('names no file for what it is not', () => {
    expect(source.filter((file) => /(^|[/-])(utils?|helpers?|managers?|misc|common)([.-]|\/)/.test(file))).toEqual([]);
  });
});

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string | { readonly file: string } };
}

function byFile(diagnostics: readonly Diagnostic[]): ReadonlyMap<string, readonly string[]> {
  const rules = new Map<string, string[]>();
  for (const { category, location } of diagnostics) {
    const path = typeof location.path === 'string' ? location.path : location.path.file;
    const file = path.replace(/^\.\//, '');
    rules.set(file, [...(rules.get(file) ?? []), category.split('/').at(-1) ?? category]);
  }
  return rules;
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}
