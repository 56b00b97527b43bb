import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { isAlive } from '../../../cli/cloud/cloud-file.ts';
import { prepare } from '../../../cli/run/prepare.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-prepare-'));
const jobFile = join(folder, 'job.yaml');
const signal = new AbortController().signal;
afterAll(() => rmSync(folder, { recursive: true }));

it('finds the packages of this clone from a folder that has none, and runs in the folder of the job', async () => {
  writeFileSync(
    join(folder, 'make.ts'),
    "import { Int32 } from 'apache-arrow';\nimport { writeFileSync } from 'node:fs';\nwriteFileSync('made', String(new Int32()));\n",
  );
  await prepare(['node', 'make.ts'], jobFile, signal);
  expect(readFileSync(join(folder, 'made'), 'utf8')).toBe('Int32');
});

it('still says which package is missing where nobody has it', async () => {
  writeFileSync(join(folder, 'lost.ts'), "import 'no-such-package';\n");
  await expect(prepare(['node', 'lost.ts'], jobFile, signal)).rejects.toThrow(/no-such-package/);
});

it('is told apart from a program that is not there', async () => {
  await expect(prepare(['no-such-program'], jobFile, signal)).rejects.toThrow(/`no-such-program` failed: .*ENOENT/);
});

it('ends with the reason of the signal when it is cancelled', async () => {
  const reason = new Error('cancelled');
  const running = prepare(
    ['node', '-e', 'setTimeout(() => {}, 60_000)'],
    jobFile,
    AbortSignal.any([signal, aborted(reason)]),
  );
  await expect(running).rejects.toBe(reason);
});

it('takes with it what it started, even what ignores the request to end', async () => {
  const reason = new Error('cancelled');
  const stubborn = "trap '' TERM; sleep 300 & echo $! > sleeping; wait; sleep 300";
  await expect(prepare(['sh', '-c', stubborn], jobFile, aborted(reason))).rejects.toBe(reason);
  const sleeping = Number(readFileSync(join(folder, 'sleeping'), 'utf8'));
  await expect.poll(() => isAlive(sleeping), { timeout: 5_000 }).toBe(false);
});

it('keeps the end of an output without end', async () => {
  const flood = "for (let i = 0; i < 2e5; i++) console.log('line', i); process.exitCode = 1";
  const failed = await prepare(['node', '-e', flood], jobFile, signal).catch((error: Error) => error);
  expect(String(failed)).toMatch(/it ended with 1\n(line \d+\n){14}line 199999$/);
});

function aborted(reason: Error): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 100);
  return controller.signal;
}
