import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import { ROOT } from '../deploy.ts';
import { withoutAws } from '../emulator.ts';
import type { Counts } from '../report.ts';
import type { Session } from '../session.ts';

const TIMEOUT_MS = 480_000;

/** What the runner of tests writes down, as far as it is read here. */
interface Results {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly SuiteResult[];
}

interface SuiteResult {
  readonly name: string;
  readonly status: 'passed' | 'failed';
  readonly message: string;
  readonly assertionResults: readonly TestResult[];
}

interface TestResult {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
  readonly failureMessages?: readonly string[];
}

/**
 * Runs the suites of ports and services against the emulator. Each test that failed is named with its first line: one
 * that is not in the list of gaps, or one that is there and passes (test/conformance/gaps.ts).
 */
export async function suites({ emulator, guardian, folder }: Session): Promise<Counts> {
  const [log, file] = [join(folder, 'suites.log'), join(folder, 'suites.json')];
  const env = { ...withoutAws(), LOCKSTEP_TEST_ENDPOINT: emulator.url, LOCKSTEP_TEST_CLOUD: emulator.name };
  // One file after the other: they share one cloud, and functions and machines in it by their names.
  const reporting = ['--no-file-parallelism', '--reporter=json', `--outputFile=${file}`];
  const command = ['cli/with-node.mjs', 'vitest', 'run', 'test/contract', 'test/conformance'];
  const ended = runCommand(guardian, [process.execPath, ...command, ...reporting], {
    ...{ cwd: ROOT, env, log, timeoutMs: TIMEOUT_MS },
  });
  // It fails where a test does, and has written down which; where it has not, how it failed is all there is to say.
  const failure = await ended.then(
    () => undefined,
    (error: unknown) => error,
  );
  const results = read(file);
  if (results === undefined) throw failure ?? new Error('the suites did not write down what they counted');
  const failures = results.testResults.flatMap(failuresOf);
  if (failures.length === 0 && failure !== undefined) throw failure;
  return { passed: results.numPassedTests, failed: failures.length, skipped: results.numPendingTests, failures };
}

function read(file: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function failuresOf({ name, status, message, assertionResults }: SuiteResult): readonly string[] {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  // A file that could not be loaded, or a hook of it that failed.
  if (failed.length === 0 && status === 'failed') return [`${name}: ${firstLine(message)}`];
  return failed.map(({ ancestorTitles, title, failureMessages: [why = ''] = [] }) => {
    const test = [...ancestorTitles, title].join(' > ');
    return `${test}: ${firstLine(why)}`;
  });
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';
