import { App, Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it, test } from 'vitest';
import { METRICS, METRICS_NAMESPACE } from '#core/names.ts';
import { DeploymentAlarms } from '../../infra/deployment-alarms.ts';
import { LockstepStack } from '../../infra/stack.ts';
import { emptyBundle, type Resource, resources, synthesized, text } from './synthesized.ts';

const template = synthesized();
const of = (type: string) => resources(template, `AWS::${type}`);
const alarms = Object.entries(of('CloudWatch::Alarm'));
const alarm = (name: string): Record<string, unknown> => {
  const found = alarms.find(([id]) => id.startsWith(`Alarms${name}`));
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found[1].Properties;
};

describe('every function that an event calls', () => {
  const called = Object.values(of('Events::Rule')).flatMap(({ Properties }) =>
    (Properties.Targets as readonly { readonly Arn: unknown }[]).map(({ Arn }) => text(Arn)),
  );
  const functions = Object.keys(of('Lambda::Function')).filter((id) => called.includes(`\${${id}.Arn}`));

  it('is found', () => expect(functions).toHaveLength(3));

  it.each(functions)('%s hands a call that failed for good to a queue with an alarm', (id) => {
    const config = Object.values(of('Lambda::EventInvokeConfig')).find(
      ({ Properties }) => text(Properties.FunctionName) === `\${${id}}`,
    );
    const { OnFailure } = Object(config?.Properties.DestinationConfig);
    expect(watchedQueues()).toContain(text(OnFailure?.Destination));
  });
});

const deadLetterQueues = () => {
  const targets = [...Object.values(of('Events::Rule')), ...Object.values(of('SQS::Queue'))].flatMap((each: Resource) =>
    [
      ...JSON.stringify(each).matchAll(
        /"(?:deadLetterTargetArn|DeadLetterConfig)":(?:\{"Arn":)?(\{"Fn::GetAtt":\[[^\]]+\]\})/g,
      ),
    ].map(([, arn = '']) => text(JSON.parse(arn))),
  );
  return [...new Set(targets)].sort();
};

/** Queues, by their ARN, of which an alarm counts the messages. */
const watchedQueues = () =>
  alarms
    .filter(([, { Properties }]) => Properties.MetricName === 'ApproximateNumberOfMessagesVisible')
    .map(([, { Properties }]) => {
      const [{ Value }] = Properties.Dimensions as [{ readonly Value: unknown }];
      return text(Value).replace('.QueueName}', '.Arn}');
    })
    .sort();

test('every dead-letter queue has an alarm at its first message', () => {
  expect(deadLetterQueues()).toHaveLength(2);
  expect(watchedQueues()).toEqual(deadLetterQueues());
});

test('the metrics of alarms and of the dashboard are those that the sweep puts, under its dimension', () => {
  const own = alarms.filter(([, { Properties }]) => Properties.Namespace === METRICS_NAMESPACE);
  expect(own.length).toBeGreaterThan(2);
  for (const [, { Properties }] of own) {
    expect(Object.values(METRICS)).toContain(Properties.MetricName);
    expect(Properties.Dimensions).toEqual([{ Name: 'Deployment', Value: 'Lockstep' }]);
  }
  const [page] = Object.values(of('CloudWatch::Dashboard'));
  const shown = [...text(page?.Properties.DashboardBody).matchAll(/\["Lockstep","(\w+)","Deployment","Lockstep"/g)];
  expect(shown.map(([, name]) => name)).toEqual(['Hosts', 'HostsWithoutRun', 'Gangs', 'LongestWaitSeconds']);
});

test('a host that a sweep has just found is no alarm; one that stays for ten minutes is', () => {
  expect(alarm('HostsWithoutRun')).toMatchObject({
    ...{ Statistic: 'Minimum', Period: 300, EvaluationPeriods: 2, Threshold: 1 },
    ...{ ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching' },
  });
});

test('a sweep of which nothing is known is one that does not run', () => {
  expect(alarm('SweepMissing')).toMatchObject({
    ...{ MetricName: 'Sweeps', Statistic: 'Sum', Threshold: 1, EvaluationPeriods: 2 },
    ...{ ComparisonOperator: 'LessThanThreshold', TreatMissingData: 'breaching' },
  });
});

test('nobody is told without a topic; with one, it is told of every alarm and of its end', () => {
  expect(alarms.every(([, { Properties }]) => Properties.AlarmActions === undefined)).toBe(true);
  const app = new App();
  const alarmTopicArn = 'arn:aws:sns:eu-west-1:123456789012:pager';
  const told = Template.fromStack(
    new LockstepStack(app, 'Told', { bundle: emptyBundle(), alarmTopicArn, dashboard: false }),
  );
  const all = Object.values(resources(told, 'AWS::CloudWatch::Alarm'));
  expect(all).toHaveLength(alarms.length);
  for (const { Properties } of all) {
    expect(Properties).toMatchObject({ AlarmActions: [alarmTopicArn], OKActions: [alarmTopicArn] });
  }
  expect(Object.keys(resources(told, 'AWS::CloudWatch::Dashboard'))).toEqual([]);
});

test('each alarm says what is wrong and what to do', () => {
  for (const [, { Properties }] of alarms) expect(String(Properties.AlarmDescription)).toMatch(/^[A-Z].{40,}\.$/);
});

test('a wait that is too long is an alarm where somebody says how long that is', () => {
  expect(() => alarm('GangWaits')).toThrow('there is no alarm');
  const stack = new LockstepStack(new App(), 'Own', { bundle: emptyBundle() });
  const { deployment, training, trigger } = stack;
  new DeploymentAlarms(stack, 'More', { deployment, training, trigger, longestWait: Duration.hours(2) });
  expect(Object.values(resources(Template.fromStack(stack), 'AWS::CloudWatch::Alarm'))).toContainEqual(
    expect.objectContaining({
      Properties: expect.objectContaining({ MetricName: 'LongestWaitSeconds', Threshold: 7200 }),
    }),
  );
});
