/** Evaluates the intrinsic functions of CloudFormation. Anything that is not one is copied. */

/** What intrinsics may ask about. Each throws for a name that it does not know. */
export interface Scope {
  ref(logicalId: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, first: string, second: string): unknown;
  /** The output that a stack of the same app exports by this name. */
  imported(name: string): unknown;
  readonly zones: readonly string[];
}

/** Value of `{ "Ref": "AWS::NoValue" }`: the property or element that holds it is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (id, scope) => scope.ref(String(id)),
  Condition: (id, scope) => scope.condition(String(id)),
  'Fn::GetAtt': (argument, scope) => {
    const [id, ...path] = typeof argument === 'string' ? argument.split('.') : (argument as string[]);
    return scope.attribute(String(id), path.join('.'));
  },
  'Fn::Join': (argument, scope) => {
    const [separator, list] = resolve(argument, scope) as [string, unknown];
    return asList(list, 'Fn::Join').map(String).join(separator);
  },
  'Fn::Sub': (argument, scope) => substitute(argument, scope),
  'Fn::Select': (argument, scope) => {
    const [index, list] = resolve(argument, scope) as [unknown, unknown];
    const items = asList(list, 'Fn::Select');
    if (!(Number(index) in items)) throw new Error(`Fn::Select ${index}: the list has ${items.length} elements`);
    return items[Number(index)];
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = resolve(argument, scope) as [string, unknown];
    return String(text).split(separator);
  },
  'Fn::Base64': (argument, scope) => Buffer.from(String(resolve(argument, scope))).toString('base64'),
  'Fn::ImportValue': (name, scope) => scope.imported(String(resolve(name, scope))),
  'Fn::GetAZs': (_, scope) => [...scope.zones],
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = resolve(argument, scope) as [string, string, string];
    return scope.mapping(map, first, second);
  },
  'Fn::If': (argument, scope) => {
    const [name, then, otherwise] = argument as [string, unknown, unknown];
    return resolve(scope.condition(name) ? then : otherwise, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = resolve(argument, scope) as [unknown, unknown];
    return String(left) === String(right);
  },
  'Fn::Not': (argument, scope) => !(resolve(argument, scope) as unknown[])[0],
  'Fn::And': (argument, scope) => (resolve(argument, scope) as unknown[]).every(Boolean),
  'Fn::Or': (argument, scope) => (resolve(argument, scope) as unknown[]).some(Boolean),
};

/** The value with every intrinsic replaced by what it stands for. Throws, with its name, on one it does not know. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (only !== undefined && entries.length === 1) {
    const [key, argument] = only;
    const intrinsic = INTRINSICS[key];
    if (intrinsic !== undefined && isCall(key, argument)) return intrinsic(argument, scope);
    if (key.startsWith('Fn::')) throw new Error(`the intrinsic function ${key} is not known to the local cloud`);
  }
  const resolved = entries.map(([key, item]) => [key, resolve(item, scope)] as const);
  return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE));
}

/** `Condition` is also an ordinary key, e.g. of a policy statement, where it holds an object. */
const isCall = (key: string, argument: unknown) => key !== 'Condition' || typeof argument === 'string';

function substitute(argument: unknown, scope: Scope): string {
  const [text, given] = Array.isArray(argument) ? (argument as [string, Record<string, unknown>]) : [argument, {}];
  const variables = resolve(given, scope) as Record<string, unknown>;
  return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal === '!') return `\${${name}}`;
    if (name in variables) return String(variables[name]);
    const [id, ...path] = name.split('.');
    return String(path.length === 0 ? scope.ref(name) : scope.attribute(String(id), path.join('.')));
  });
}

function asList(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${where} expected a list, got ${JSON.stringify(value)}`);
  return value;
}
