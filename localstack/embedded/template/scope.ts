import { ACCOUNT, REGION, ZONES } from './account.ts';
import type { Assembly, Resource } from './assembly.ts';
import { type Identity, identify } from './identities.ts';
import { NO_VALUE, resolve, type Scope } from './intrinsics.ts';

/** Values of CloudFormation's pseudo parameters in the local cloud. */
const pseudoParameters = (stackName: string): Readonly<Record<string, unknown>> => ({
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': stackName,
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stackName}/local`,
  'AWS::NotificationARNs': [],
  'AWS::NoValue': NO_VALUE,
});

/** What a scope needs beside the template. */
export interface Around {
  /** URL of a queue of the local cloud by its name. */
  queueUrl(queueName: string): string;
  /** An output that another stack exports. Throws where none does. */
  imported(name: string): unknown;
}

/** A scope in which every name of the template has its value in the local cloud. */
export function scopeOf(assembly: Assembly, { queueUrl, imported }: Around): Scope {
  const { stackName, template } = assembly;
  const pseudo = pseudoParameters(stackName);
  const identities = new Map<string, Identity>();

  const scope: Scope = {
    zones: ZONES,
    imported,
    ref(id) {
      if (id in pseudo) return pseudo[id];
      const parameter = template.Parameters?.[id];
      return parameter === undefined ? identity(id).ref : parameterValue(id, parameter);
    },
    attribute(id, name) {
      const { attributes } = identity(id);
      const value = attributes[name];
      if (value === undefined) {
        throw new Error(`${id} (${template.Resources[id]?.Type}) has no attribute ${name} in the local cloud`);
      }
      return value;
    },
    condition(name) {
      const condition = template.Conditions?.[name];
      if (condition === undefined) throw new Error(`the template has no condition ${name}`);
      return Boolean(resolve(condition, scope));
    },
    mapping(map, first, second) {
      const value = template.Mappings?.[map]?.[first]?.[second];
      if (value === undefined) throw new Error(`the template has no mapping ${map}.${first}.${second}`);
      return value;
    },
  };

  function identity(id: string): Identity {
    const known = identities.get(id);
    if (known !== undefined) return known;
    const resource: Resource | undefined = template.Resources[id];
    if (resource === undefined) throw new Error(`the template has neither a parameter nor a resource ${id}`);
    const property = (name: string) => {
      const value = resolve(resource.Properties?.[name], scope);
      return value === NO_VALUE ? undefined : value;
    };
    const made = identify(resource, { stackName, logicalId: id, property, queueUrl });
    identities.set(id, made);
    return made;
  }
  return scope;
}

/** SSM parameters are not looked up: their value is a made-up one that says so. */
function parameterValue(id: string, parameter: { readonly Type: string; readonly Default?: unknown }): unknown {
  if (parameter.Type.startsWith('AWS::SSM::Parameter::Value')) return `ssm-${String(parameter.Default ?? id)}`;
  if (parameter.Default === undefined) throw new Error(`the parameter ${id} has no default value`);
  return parameter.Type.startsWith('List<') || parameter.Type === 'CommaDelimitedList'
    ? String(parameter.Default).split(',')
    : parameter.Default;
}
