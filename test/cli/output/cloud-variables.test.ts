import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { cloudVariables, variableLines } from '../../../cli/output/cloud-variables.ts';
import { cloudEnv } from '../../../localstack/embedded/cloud-env.ts';

const AT = 'http://127.0.0.1:1';
const services = ['athena', 'dynamodb', 'ec2', 'events', 'lambda', 's3', 'secrets', 'sqs', 'states', 'sts'] as const;
const endpoints = Object.fromEntries(services.map((service) => [service, AT])) as Record<
  (typeof services)[number],
  string
>;
const variables = cloudVariables({
  env: cloudEnv(endpoints, '/state/s3/bodies'),
  outputs: { BucketName: 'data', TrainingWorkflowArn: 'arn:aws:states' },
  fleetControlUrl: AT,
});

it('are those of the SDKs, the outputs of the stack and the control API, and none is empty', () => {
  expect(variables).toMatchObject({
    ...{ AWS_ENDPOINT_URL_S3: AT, LOCKSTEP_BUCKET_NAME: 'data', LOCKSTEP_TRAINING_WORKFLOW_ARN: 'arn:aws:states' },
    ...{ LOCKSTEP_FLEET_CONTROL_URL: AT, LOCKSTEP_S3_LENDS: '/state/s3/bodies' },
  });
  expect(Object.values(variables)).not.toContain('');
});

const ODD = { PLAIN: 'a/b:c', ODD: `it's $HOME "and" \`more\` \\ here` };

it('reach a shell as they are, which forgets a profile of a real account', () => {
  const script = `AWS_PROFILE=production\n${variableLines(ODD, 'shell').join('\n')}\nprintf %s "$PLAIN|$ODD|\${AWS_PROFILE-none}"`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${ODD.PLAIN}|${ODD.ODD}|none`);
});

it('reach what reads a dotenv file as a shell would, and what reads JSON', () => {
  const script = `set -a\n${variableLines(ODD, 'dotenv').join('\n')}\nprintf %s "$PLAIN|$ODD"`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${ODD.PLAIN}|${ODD.ODD}`);
  expect(JSON.parse(variableLines(ODD, 'json')[0] ?? '')).toEqual(ODD);
});
