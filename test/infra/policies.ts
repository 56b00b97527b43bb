/** Statements of the policies in a template, by whose role they are. */
import type { Template } from 'aws-cdk-lib/assertions';
import type { FunctionName } from '../../infra/function-names.ts';
import { resources, text } from './synthesized.ts';

export interface Policy {
  readonly Properties: {
    readonly Roles: readonly { readonly Ref: string }[];
    readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  };
}

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export const policiesOf = (template: Template): readonly Policy[] =>
  Object.values(resources(template, 'AWS::IAM::Policy')) as unknown as readonly Policy[];

/** Of the role of a function. */
export function statementsOf(template: Template, name: FunctionName): readonly Statement[] {
  const functions = Object.values(resources(template, 'AWS::Lambda::Function'));
  const handler = functions.find(({ Properties }) => Properties.Handler === `${name}.handler`);
  const role = text(handler?.Properties.Role).slice(2).split('.')[0];
  return statementsOfRole(template, role);
}

/** Of the role with this logical id. */
export const statementsOfRole = (template: Template, role: string | undefined): readonly Statement[] =>
  policiesOf(template)
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }) => Ref === role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

export const unique = (actions: readonly string[]): readonly string[] => [...new Set(actions)].sort();
