import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { ACKNOWLEDGED } from './acknowledged.ts';
import { newStack } from './synthesized.ts';

const findings = nagFindings();

test('cdk-nag finds nothing that is not acknowledged with a reason', () => {
  const open = findings.filter(({ rule }) => !ACKNOWLEDGED.some(({ finding }) => finding.test(rule)));
  expect(open).toEqual([]);
});

test('every acknowledgement is for something that is there', () => {
  const unused = ACKNOWLEDGED.filter(({ finding }) => !findings.some(({ rule }) => finding.test(rule)));
  expect(unused).toEqual([]);
});

test('only DescribeInstances may name every resource', () => {
  const wide = findings
    .filter(({ rule }) => rule === 'AwsSolutions-IAM5[Resource::*]')
    .map(({ construct }) => construct);
  expect(wide.length).toBeGreaterThan(0);
  expect(wide.every((path) => /AcquireHosts|DecideGang|ReleaseHosts|SweepGangs|TendHosts|ReleaseCrew/.test(path))).toBe(
    true,
  );
});

interface Finding {
  readonly rule: string;
  readonly construct: string;
}

interface Report {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

function nagFindings(): readonly Finding[] {
  const { app } = newStack();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const write = process.stderr.write;
  // The findings are printed too, as errors, which they are only if this test says so.
  process.stderr.write = () => true;
  try {
    app.synth();
  } catch (error) {
    if ((error as Error).name !== 'ValidationFailed') throw error;
  } finally {
    process.stderr.write = write;
  }
  const { pluginReports }: Report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8'));
  return pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => ({ rule: ruleName, construct: constructPath })),
    ),
  );
}
