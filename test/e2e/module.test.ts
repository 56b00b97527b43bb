/** The module of docs/inference.md predicts in the local cloud as the page says, and serves an inbox. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fencesOf } from '../docs/blocks/fences.ts';
import { type Command, lockstep } from './command.ts';

let root: string;
let cloud: Command | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-module-'));
  for (const name of ['home', 'work']) mkdirSync(join(root, name));
});
afterEach(async () => {
  cloud?.child.kill('SIGTERM');
  await cloud?.ended;
  rmSync(root, { recursive: true, force: true });
});

/** The last line that a command prints. */
async function answerTo(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await lockstep(join(root, 'home'), [...args, '--json'], join(root, 'work')).ended;
  expect(code, `${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

it('a module is inferred with as the page says', { timeout: 90_000 }, async () => {
  const fences = fencesOf('docs/inference.md');
  const job = fences.findIndex(({ text }) => text.includes('kind: module') && text.includes('model: predict.ts'));
  const heights = Float32Array.of(1.5, 1.75, 1.875, 2, 1.25);
  const write = (name: string, bytes: string | Uint8Array) => writeFileSync(join(root, 'work', name), bytes);
  write('infer.yaml', fences[job]?.text ?? '');
  write('predict.ts', fences[job + 1]?.text ?? '');
  write('people.arrow', tableToIPC(tableFromArrays({ height: heights }), 'file'));

  cloud = lockstep(join(root, 'home'), ['local', 'up', '--json'], join(root, 'work'));
  await new Promise((done) => cloud?.child.stdout?.once('data', done));
  const { runs } = await answerTo('infer', 'infer.yaml');
  await answerTo('read', (runs as readonly string[])[0] ?? '', '--to', 'predictions.csv');
  const lines = readFileSync(join(root, 'work', 'predictions.csv'), 'utf8')
    .trim()
    .split(/\r?\n/);
  expect(lines).toEqual([
    'height,prediction.label,prediction.score',
    ...['1.5,short,1.5', '1.75,short,1.75', '1.875,tall,1.875', '2,tall,2', '1.25,short,1.25'],
  ]);

  const { served } = await answerTo('serve', 'infer.yaml');
  expect(served).toMatchObject({ name: 'heights', model: expect.stringMatching(/\/served-[0-9a-f]{64}\.mjs$/) });
  expect(await answerTo('served')).toMatchObject({ served: [served] });
});
