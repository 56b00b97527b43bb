/**
 * What a third-party emulator is known not to do as AWS does. A suite that runs against it expects exactly these tests to
 * fail: one that passes after all fails the suite, so that the list stays true. docs/emulators.md is made from it.
 */
import { beforeEach } from 'vitest';
import type { Gaps } from './gaps/gap.ts';
import { LOCALSTACK } from './gaps/localstack.ts';
import { MINISTACK } from './gaps/ministack.ts';

/** Cloud → its gaps. The embedded cloud has none: what it does not do, it refuses by name. */
export const GAPS: Readonly<Record<string, Gaps>> = { ministack: MINISTACK, localstack: LOCALSTACK };

/** Name of the cloud under test: the one given for an endpoint, or `embedded`. */
export const CLOUD =
  process.env.LOCKSTEP_TEST_CLOUD ?? (process.env.LOCKSTEP_TEST_ENDPOINT === undefined ? 'embedded' : 'endpoint');

interface Named {
  readonly name: string;
  readonly suite?: Named | undefined;
}

/** `<suite> > <test>`, without the cloud that some suites have in their title. */
export function nameOf({ name, suite }: Named): string {
  const outer = suite === undefined || suite.name === '' ? '' : `${nameOf(suite)} > `;
  return `${outer}${name.replace(` (${CLOUD})`, '')}`;
}

beforeEach(({ task, skip }) => {
  const gap = GAPS[CLOUD]?.[nameOf(task)];
  if (gap === undefined) return;
  if (typeof gap !== 'string') skip(gap.hangs);
  // Says that this very run of the test is expected to fail; `it.fails` would say it of the test on every cloud.
  Object.assign(task, { fails: true });
});
