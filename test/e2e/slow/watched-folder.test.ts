/** `lockstep stream` over a folder: stopped, killed and started again, each file is answered once, and whole. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { killGroup, lockstep } from '../command.ts';

const STARTERS = 'cli/init/starters';
const FILES = 150;
const WAIT_MS = 60_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-stream-'));
  mkdirSync(join(folder, 'arriving'));
  cpSync(`${STARTERS}/stream/stream.yaml`, join(folder, 'stream.yaml'));
  cpSync(`${STARTERS}/data/flowers.onnx`, join(folder, 'flowers.onnx'));
  const names = Array.from({ length: FILES }, (_, n) => `f${n}.arrow`);
  for (const name of names) cpSync(`${STARTERS}/data/new-flowers.arrow`, join(folder, 'arriving', name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const answered = () => {
  try {
    return readdirSync(join(folder, 'predicted')).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
};
const start = (...more: readonly string[]) =>
  lockstep(join(folder, '.lockstep'), ['stream', 'stream.yaml', '--json', ...more], folder);

async function untilSome(): Promise<void> {
  for (const until = Date.now() + WAIT_MS; answered().length === 0; ) {
    if (Date.now() > until) throw new Error('no file was answered');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Files that a command said it answered. */
const told = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line.includes('"event":"answered"'))
    .map((line) => JSON.parse(line).file as string);

it('goes on where it was, after Ctrl-C and after SIGKILL', { timeout: 180_000 }, async () => {
  const stopped = start();
  await untilSome();
  stopped.child.kill('SIGINT');
  const first = await stopped.ended;
  expect(first.code, first.stderr).toBe(0);
  expect(told(first.stdout).sort()).toEqual(answered().sort());
  expect(readdirSync(join(folder, 'predicted', '.lockstep'))).toEqual(['journal.jsonl']);

  cpSync(`${STARTERS}/data/new-flowers.arrow`, join(folder, 'arriving', 'late.arrow'));
  const before = answered().length;
  const killed = start();
  for (const until = Date.now() + WAIT_MS; answered().length === before && Date.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  killGroup(killed, 'SIGKILL');
  await killed.ended;

  const last = await start('--once').ended;
  expect(last.code, last.stderr).toBe(0);
  expect(answered()).toHaveLength(FILES + 1);
  expect(readdirSync(join(folder, 'predicted', '.lockstep'))).toEqual(['journal.jsonl']);
  const all = told(first.stdout + (await killed.ended).stdout + last.stdout);
  expect(new Set(all).size).toBe(all.length);
  for (const name of answered()) {
    expect(tableFromIPC(readFileSync(join(folder, 'predicted', name))).numRows, name).toBe(150);
  }
});

it('lets one command alone answer into a folder', { timeout: 120_000 }, async () => {
  const one = start();
  await untilSome();
  const other = await start('--once').ended;
  expect(other.summary).toMatchObject({ ok: false, code: 'LS_USAGE' });
  one.child.kill('SIGINT');
  expect((await one.ended).code).toBe(0);
});
