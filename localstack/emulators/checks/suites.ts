import { join } from 'node:path';
import { runCommand } from '../command.ts';
import { ROOT } from '../deploy.ts';
import { withoutAws } from '../emulator.ts';
import type { Counts } from '../report.ts';
import type { Session } from '../session.ts';

const TIMEOUT_MS = 240_000;

/** Runs the suites of ports and services against the emulator and returns what they counted. */
export async function suites({ emulator, guardian, folder }: Session): Promise<Counts> {
  const log = join(folder, 'suites.log');
  const env = { ...withoutAws(), LOCKSTEP_TEST_ENDPOINT: emulator.url, LOCKSTEP_TEST_CLOUD: emulator.name };
  const command = ['cli/with-node.mjs', 'vitest', 'run', 'test/contract', 'test/conformance', '--maxWorkers=2'];
  const printed = await runCommand(guardian, [process.execPath, ...command], {
    ...{ cwd: ROOT, env, log, timeoutMs: TIMEOUT_MS },
  });
  const [, passed, failed, skipped] = /(\d+) passed, (\d+) failed, (\d+) skipped/.exec(printed) ?? [];
  if (passed === undefined) throw new Error(`the suites did not say what they counted:\n${printed}`);
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}
