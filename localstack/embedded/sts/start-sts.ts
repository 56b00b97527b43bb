/**
 * STS of the local cloud: hands out credentials for the roles of the template. Nothing here evaluates who may do what, so
 * they are as good as any; what is refused is what an agent could get wrong: a role that is not there, and a session
 * without the tags that the role's trust policy asks for.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { readBody } from '../http/body.ts';
import { listen } from '../http/listen.ts';
import { ACCOUNT } from '../template/account.ts';
import type { Declared } from '../template/declared.ts';

export interface StsService {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts STS on loopback with the roles (`AWS::IAM::Role`) of the stack. */
export async function startSts(roles: readonly Declared[], port: number): Promise<StsService> {
  const { url, close } = await listen(async (request, reply) => {
    const { status, body } = answer(new URLSearchParams((await readBody(request)).toString('utf8')), roles);
    reply.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  }, port);
  return { url, stop: close };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function answer(form: URLSearchParams, roles: readonly Declared[]): Answer {
  const action = form.get('Action') ?? '';
  if (action === 'AssumeRole') return assumeRole(form, roles);
  return refusal(400, 'InvalidAction', `the local cloud's STS knows AssumeRole, not ${action}`);
}

function assumeRole(form: URLSearchParams, roles: readonly Declared[]): Answer {
  const roleArn = form.get('RoleArn') ?? '';
  const role = roles.find(({ arn }) => arn === roleArn);
  const denied = `User: arn:aws:iam::${ACCOUNT}:root is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  if (role === undefined) return refusal(403, 'AccessDenied', denied);
  const tags = new Set([...form].filter(([name]) => /^Tags\.member\.\d+\.Key$/.test(name)).map(([, value]) => value));
  const missing = tagsAskedFor(role).filter((tag) => !tags.has(tag));
  if (missing.length > 0) return refusal(403, 'AccessDenied', `${denied} without the tags ${missing.join(', ')}`);
  const seconds = Number(form.get('DurationSeconds') ?? 3600);
  const credentials = {
    AccessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    SecretAccessKey: randomBytes(30).toString('base64url'),
    SessionToken: randomBytes(60).toString('base64url'),
    Expiration: new Date(Date.now() + seconds * 1000).toISOString(),
  };
  const session = `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${form.get('RoleSessionName')}`;
  const user = { AssumedRoleId: `AROALOCAL:${form.get('RoleSessionName')}`, Arn: session };
  const result = `<Credentials>${elements(credentials)}</Credentials><AssumedRoleUser>${elements(user)}</AssumedRoleUser>`;
  return { status: 200, body: document('AssumeRole', result) };
}

/** `aws:RequestTag/NAME` of the conditions under which the role may be assumed. */
function tagsAskedFor({ properties }: Declared): readonly string[] {
  const names = JSON.stringify(properties.AssumeRolePolicyDocument ?? {}).matchAll(/"aws:RequestTag\/([^"]+)"/g);
  return [...new Set([...names].map((match) => match[1] as string))];
}

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

const document = (action: string, result: string): string =>
  `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`;

const refusal = (status: number, code: string, message: string): Answer => ({
  status,
  body: `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type>${elements({ Code: code, Message: message })}</Error></ErrorResponse>`,
});

const elements = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `<${name}>${value.replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`)}</${name}>`)
    .join('');
