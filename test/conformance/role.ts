import { queryCall } from '../../localstack/emulators/query-call.ts';

const ROLE_NAME = 'conformance';

/** The role of what the suites create in a cloud that is reached by an endpoint. It may do everything. */
export const ROLE_ARN = `arn:aws:iam::000000000000:role/${ROLE_NAME}`;

/** Creates the role if it is not there. */
export async function createRole(url: string): Promise<void> {
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: ['lambda.amazonaws.com', 'states.amazonaws.com'] },
        Action: 'sts:AssumeRole',
      },
    ],
  };
  const all = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const create = { Action: 'CreateRole', RoleName: ROLE_NAME, AssumeRolePolicyDocument: JSON.stringify(trust) };
  await queryCall(url, 'iam', create).catch((error: Error) => {
    if (!error.message.includes('EntityAlreadyExists')) throw error;
  });
  await queryCall(url, 'iam', {
    ...{ Action: 'PutRolePolicy', RoleName: ROLE_NAME, PolicyName: 'all', PolicyDocument: JSON.stringify(all) },
  });
}
