/**
 * What somebody is granted who works with the runs of a stack, both ways: what the commands call, and nothing else. The calls
 * are read from the sources of the commands, as those of functions are.
 */

import { Template } from 'aws-cdk-lib/assertions';
import { User } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import type { LockstepStack } from '../../infra/stack.ts';
import { actionsOf } from './called-actions.ts';
import { newStack, resources, text } from './synthesized.ts';

type GrantName = 'grantStart' | 'grantCancel' | 'grantRead' | 'grantOperate';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const LOOKING = ['status', 'logs', 'read', 'verify', 'models', 'compare'].map((name) => `cli/commands/${name}.ts`);
/** What `report` and `attach` look with: their files share code with the commands that start what they report. */
const VIEWS = [
  ...['describe-run', 'live-view', 'read-logs', 'follow-training', 'follow-inference'].map(
    (name) => `flows/runs/${name}.ts`,
  ),
  'cli/run/collect.ts',
];
const CANCEL = ['cli/commands/cancel.ts'];
const START = ['flows/runs/start-run.ts'];
const RESUME = ['cli/commands/resume.ts'];

const needed = (entries: readonly string[]) => unique(entries.flatMap(actionsOf));
const allowed = (name: GrantName) => unique(granted(name).flatMap(({ Action }) => Action));

test('grantRead allows what commands call that look, and nothing else', () => {
  expect(allowed('grantRead')).toEqual(needed([...LOOKING, ...VIEWS]));
});

test('grantRead allows to change nothing', () => {
  expect(allowed('grantRead').filter((action) => !/:(Get|List|Query|Describe)/.test(action))).toEqual([]);
});

test('grantCancel allows what `cancel` calls, and nothing else', () => {
  expect(allowed('grantCancel')).toEqual(needed(CANCEL));
});

test('grantStart allows what starting calls, and nothing else', () => {
  // What makes JSON is in one file with what reads it, which a start does not.
  expect(allowed('grantStart')).toEqual(needed(START).filter((action) => action !== 's3:GetObject'));
});

test('grantOperate allows to start, cancel, resume and read, and nothing else', () => {
  expect(allowed('grantOperate')).toEqual(needed([...LOOKING, ...VIEWS, ...CANCEL, ...START, ...RESUME]));
});

describe.each(['grantStart', 'grantCancel', 'grantRead', 'grantOperate'] as const)('%s', (name) => {
  test('names the table, the executions, and what lies below runs/ and models/, and nothing wider', () => {
    const arns = granted(name).flatMap(({ Resource }) => [Resource].flat().map(text));
    expect(arns.length).toBeGreaterThan(0);
    const narrow = [
      /^\$\{Data\w+\.Arn\}(\/runs\/\*|\/models\/\*)?$/,
      /^\$\{Gangs\w+\.Arn\}$/,
      /^\$\{(Training|Inference)StateMachine\w+\}$/,
      /^arn:aws:states:\$\{AWS::Region\}:\$\{AWS::AccountId\}:execution:.+:\*$/,
    ];
    expect(arns.filter((arn) => !narrow.some((known) => known.test(arn)))).toEqual([]);
  });

  test('answers with a grant that holds, for both workflows', () => {
    const { stack } = newStack();
    const grant = (stack as LockstepStack)[name](new User(stack, 'Somebody'));
    expect(grant.success).toBe(true);
    // Statements: at least one of the bucket and one of the workflows stand in what was answered.
    const actions = grant.principalStatements.flatMap((statement) => statement.actions);
    expect(unique(actions)).toEqual(allowed(name));
  });
});

test('a gang is stopped by an update of its own items: no others may be updated', () => {
  const updates = granted('grantOperate').filter(({ Action }) => [Action].flat().includes('dynamodb:UpdateItem'));
  expect(updates).toHaveLength(1);
  expect(updates[0]).toMatchObject({
    Action: 'dynamodb:UpdateItem',
    Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['GANG#*'] } },
  });
});

/** The statements that a user has who was granted this and nothing else. */
function granted(name: GrantName): readonly Statement[] {
  const { stack } = newStack();
  (stack as LockstepStack)[name](new User(stack, 'Somebody'));
  const policies = Object.values(resources(Template.fromStack(stack), 'AWS::IAM::Policy'));
  const own = policies.filter(({ Properties }) => JSON.stringify(Properties.Users ?? []).includes('Somebody'));
  return own.flatMap(
    ({ Properties }) => (Properties.PolicyDocument as { readonly Statement: readonly Statement[] }).Statement,
  );
}

function unique(actions: readonly string[]): readonly string[] {
  return [...new Set(actions)].sort();
}
