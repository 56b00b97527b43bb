/** The stack of a cloud assembly with every name resolved: what the local cloud has to bring up. */
import { invariant, LockstepError } from '#core/errors.ts';
import type { Assembly, Resource } from './assembly.ts';
import type { Declared } from './declared.ts';
import { type DeclaredFunction, functionSpec } from './function.ts';
import { isEmulated } from './identities.ts';
import { NO_VALUE, resolve, type Scope } from './intrinsics.ts';
import { leftOut, whole } from './left-out.ts';
import { scopeOf } from './scope.ts';

export interface Stack {
  readonly name: string;
  readonly tables: readonly Declared[];
  readonly buckets: readonly Declared[];
  /** What CDK sets the events of a bucket by, where it does so apart from the bucket. */
  readonly bucketNotifications: readonly Declared[];
  readonly queues: readonly Declared[];
  readonly functions: readonly DeclaredFunction[];
  readonly stateMachines: readonly Declared[];
  readonly rules: readonly Declared[];
  readonly eventSourceMappings: readonly Declared[];
  readonly launchTemplates: readonly Declared[];
  readonly subnets: readonly Declared[];
  readonly roles: readonly Declared[];
  readonly outputs: Readonly<Record<string, string>>;
  /** Resources that are left out, each as `<logical id> (<type>): <why>`. */
  readonly notEmulated: readonly string[];
  /** Folder of a file asset by the key under which it would be uploaded. */
  assetPath(key: string): string | undefined;
}

export interface StackOptions {
  /** URL of a queue of the local cloud by its name. */
  queueUrl(queueName: string): string;
}

/** Resolves the template of an assembly. LS_USAGE names the resource if something in it cannot be resolved. */
export const loadStack = (assembly: Assembly, options: StackOptions): Stack => loadStacks([assembly], options);

/** Resolves the templates of an app, which may refer to each other by exports, as if they were one. */
export function loadStacks(assemblies: readonly Assembly[], { queueUrl }: StackOptions): Stack {
  const scopes = new Map<Assembly, Scope>();
  const imported = (name: string): unknown => {
    for (const [{ template }, scope] of scopes) {
      const exported = Object.values(template.Outputs ?? {}).find(
        ({ Export }) => Export !== undefined && resolve(Export.Name, scope) === name,
      );
      if (exported !== undefined) return resolve(exported.Value, scope);
    }
    throw new Error(`no stack of the app exports ${name}`);
  };
  for (const assembly of assemblies) scopes.set(assembly, scopeOf(assembly, { queueUrl, imported }));
  return joined([...scopes].map(([assembly, scope]) => stackIn(assembly, scope)));
}

/** Lists one behind the other; names and outputs are those of the first stack that has them. */
function joined(stacks: readonly Stack[]): Stack {
  const [first] = stacks;
  invariant(first, 'an app has a stack');
  const all = <K extends keyof Stack>(key: K) => stacks.flatMap((one) => one[key] as readonly unknown[]);
  const lists = Object.entries(first).filter(([, value]) => Array.isArray(value));
  return {
    ...first,
    ...Object.fromEntries(lists.map(([key]) => [key, all(key as keyof Stack)])),
    outputs: Object.assign({}, ...stacks.map(({ outputs }) => outputs).toReversed()),
    assetPath: (key) => stacks.map((one) => one.assetPath(key)).find((path) => path !== undefined),
  };
}

function stackIn(assembly: Assembly, scope: Scope): Stack {
  const { template, stackName } = assembly;
  const wanted = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || scope.condition(Condition),
  );
  const ofType = (...types: string[]) =>
    wanted.filter(([, { Type }]) => types.includes(Type)).map(([id, resource]) => declared(id, resource, scope));
  const notEmulated = wanted.filter(([, { Type }]) => !isEmulated(Type)).map(([id, { Type }]) => leftOut(id, Type));
  const functions = whole('AWS::Lambda::Function', ofType('AWS::Lambda::Function'), {
    make: (one) => functionSpec(one, assembly),
    leave: (line) => notEmulated.push(line),
  });
  return {
    name: stackName,
    tables: ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'),
    buckets: ofType('AWS::S3::Bucket'),
    bucketNotifications: ofType('Custom::S3BucketNotifications'),
    queues: ofType('AWS::SQS::Queue'),
    functions,
    stateMachines: ofType('AWS::StepFunctions::StateMachine'),
    rules: ofType('AWS::Events::Rule'),
    eventSourceMappings: ofType('AWS::Lambda::EventSourceMapping'),
    launchTemplates: ofType('AWS::EC2::LaunchTemplate'),
    subnets: ofType('AWS::EC2::Subnet'),
    roles: ofType('AWS::IAM::Role'),
    outputs: outputsOf(assembly, scope),
    notEmulated,
    assetPath: (key) => assembly.assetPath(key),
  };
}

function declared(logicalId: string, resource: Resource, scope: Scope): Declared {
  try {
    const properties = resolve(resource.Properties ?? {}, scope) as Record<string, unknown>;
    const ref = String(scope.ref(logicalId));
    const hasNoArn = ['AWS::EC2::LaunchTemplate', 'AWS::EC2::Subnet'].includes(resource.Type);
    return { logicalId, ref, arn: hasNoArn ? ref : String(scope.attribute(logicalId, 'Arn')), properties };
  } catch (error) {
    const message = `the template's ${logicalId} (${resource.Type}) cannot be resolved: ${(error as Error).message}`;
    throw new LockstepError('LS_USAGE', message, {
      cause: error,
      remedy: 'Use what the local cloud knows (localstack/embedded/template), or teach it.',
    });
  }
}

function outputsOf({ template }: Assembly, scope: Scope): Record<string, string> {
  const outputs = Object.entries(template.Outputs ?? {}).filter(
    ([, { Condition }]) => Condition === undefined || scope.condition(Condition),
  );
  return Object.fromEntries(
    outputs.flatMap(([name, { Value }]) => {
      const value = resolve(Value, scope);
      return value === NO_VALUE ? [] : [[name, String(value)]];
    }),
  );
}
