/** Negative controls: a right is taken away, and the run that needs it must fail by a name that says which. */
import { lockstep } from '../lockstep-command.ts';
import { elements, queryCall } from '../query-call.ts';
import type { Session } from '../session.ts';
import { stackResources } from '../stack-resources.ts';
import { noHosts } from './runs.ts';

/** One right, who has it, and the run that needs it. */
export interface Control {
  /** Logical ids of the roles that lose it. */
  readonly role: RegExp;
  readonly action: string;
  readonly args: readonly string[];
  /** The command must fail, and say this. */
  readonly says: RegExp;
}

export const CONTROLS: readonly Control[] = [
  {
    ...{ role: /^InferencePlan/, action: 's3:GetObject', args: ['infer', 'examples/digits/infer.yaml'] },
    says: /LS_DATA_UNREADABLE.*may not be used with these credentials/,
  },
  {
    ...{ role: /^InferenceInfer/, action: 's3:GetObject', args: ['infer', 'examples/digits/infer.yaml'] },
    says: /LS_DATA_UNREADABLE.*may not be used with these credentials/,
  },
  {
    ...{ role: /^TrainingValidate/, action: 'dynamodb:PutItem', args: ['train', 'examples/digits/train.yaml'] },
    says: /AccessDenied|not authorized to perform: dynamodb:PutItem/,
  },
];

export async function withoutRight(session: Session, { role, action, args, says }: Control): Promise<void> {
  const { url } = session.emulator;
  const restore = await takeAway(url, role, action);
  try {
    const { summary, printed } = await lockstep(session, args).ended;
    if (summary.ok !== false) throw new Error(`without ${action} the run did not fail:\n${printed}`);
    if (!says.test(printed)) throw new Error(`expected ${says}, got:\n${printed}`);
  } finally {
    await restore();
  }
  await noHosts(session);
}

interface Statement {
  readonly Action?: string | readonly string[];
}

/** Takes an action out of every policy of the roles; returns what puts it back. Throws if no policy allowed it. */
async function takeAway(url: string, rolePattern: RegExp, action: string): Promise<() => Promise<void>> {
  const resources = [...(await stackResources(url))];
  const roles = resources.filter(([id, { type }]) => type === 'AWS::IAM::Role' && rolePattern.test(id));
  const before: (readonly [role: string, policy: string, document: string])[] = [];
  for (const [, { physicalId: RoleName }] of roles) {
    const list = await queryCall(url, 'iam', { Action: 'ListRolePolicies', RoleName });
    for (const PolicyName of elements(list.split('<PolicyNames>')[1] ?? '', 'member')) {
      const got = await queryCall(url, 'iam', { Action: 'GetRolePolicy', RoleName, PolicyName });
      before.push([RoleName, PolicyName, decodeURIComponent(elements(got, 'PolicyDocument')[0] ?? '')]);
    }
  }
  const put = (RoleName: string, PolicyName: string, PolicyDocument: string) =>
    queryCall(url, 'iam', { Action: 'PutRolePolicy', RoleName, PolicyName, PolicyDocument });
  let taken = 0;
  for (const [role, policy, document] of before) {
    const parsed = JSON.parse(document) as { readonly Statement: readonly Statement[] };
    const Statement = parsed.Statement.flatMap((statement) => {
      const actions = [statement.Action ?? []].flat();
      const kept = actions.filter((each) => !isSame(each, action));
      taken += actions.length - kept.length;
      return kept.length === 0 ? [] : [{ ...statement, Action: kept }];
    });
    await put(role, policy, JSON.stringify({ ...parsed, Statement }));
  }
  if (taken === 0) throw new Error(`no policy of ${rolePattern} allows ${action}`);
  return async () => {
    for (const each of before) await put(...each);
  };
}

/** The CDK grants some actions with a star at the end. */
const isSame = (granted: string, action: string) =>
  granted === action || (granted.endsWith('*') && action.startsWith(granted.slice(0, -1)));
