import { ACCOUNT } from '../embedded/template/account.ts';
import { elements, queryCall } from './query-call.ts';
import { stackResources } from './stack-resources.ts';

/**
 * Credentials of the role that the deployed hosts have, as their metadata service would hand them out: so that what a
 * host may do is evaluated as well.
 */
export async function hostCredentials(url: string): Promise<Readonly<Record<string, string>>> {
  const roles = [...(await stackResources(url))].filter(([, { type }]) => type === 'AWS::IAM::Role');
  const role = roles.find(([logicalId]) => /^FleetHostRole/.test(logicalId))?.[1].physicalId;
  if (role === undefined) throw new Error('the stack has no role for hosts');
  const xml = await queryCall(url, 'sts', {
    ...{ Action: 'AssumeRole', RoleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`, RoleSessionName: 'host' },
  });
  const field = (name: string) => {
    const [value] = elements(xml, name);
    if (value === undefined) throw new Error(`AssumeRole of ${role} gave no ${name}: ${xml}`);
    return value;
  };
  return {
    AWS_ACCESS_KEY_ID: field('AccessKeyId'),
    AWS_SECRET_ACCESS_KEY: field('SecretAccessKey'),
    AWS_SESSION_TOKEN: field('SessionToken'),
  };
}
