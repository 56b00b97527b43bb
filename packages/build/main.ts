/**
 * `npm run pack [-- --out DIR] [-- command task constructs]`: builds the packages that people install, and packs each as
 * `npm publish` would. In the clone nothing of it is needed: sources run as they stand.
 */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildCommand } from './command.ts';
import { buildConstructs } from './constructs.ts';
import { type Draft, newDraft, ROOT } from './places.ts';
import { buildTask } from './task.ts';

const PACKAGES: Readonly<Record<string, (draft: Draft) => Promise<void>>> = {
  command: buildCommand,
  task: buildTask,
  constructs: buildConstructs,
};

const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });
const out = resolve(values.out ?? join(ROOT, 'dist'));

for (const name of positionals.length > 0 ? positionals : Object.keys(PACKAGES)) {
  const build = PACKAGES[name];
  if (build === undefined) throw new Error(`expected ${Object.keys(PACKAGES).join(', ')}, got ${name}`);
  const draft = newDraft(join(out, name));
  await build(draft);
  const args = ['pack', '--ignore-scripts', '--loglevel=error', '--pack-destination', out];
  const packed = execFileSync('npm', args, { cwd: draft.folder, encoding: 'utf8' });
  process.stdout.write(`${join(out, packed.trim().split('\n').at(-1) ?? '')}\n`);
}
