/** The stack of a cloud assembly with every name resolved: what the local cloud has to bring up. */
import { LockstepError } from '#core/errors.ts';
import type { FunctionSpec } from '../lambda/function-spec.ts';
import type { Assembly, Resource } from './assembly.ts';
import type { Declared } from './declared.ts';
import { functionSpec } from './function.ts';
import { isEmulated } from './identities.ts';
import { NO_VALUE, resolve, type Scope } from './intrinsics.ts';
import { scopeOf } from './scope.ts';

export interface Stack {
  readonly name: string;
  readonly tables: readonly Declared[];
  readonly buckets: readonly Declared[];
  readonly queues: readonly Declared[];
  readonly functions: readonly FunctionSpec[];
  readonly stateMachines: readonly Declared[];
  readonly rules: readonly Declared[];
  readonly eventSourceMappings: readonly Declared[];
  readonly launchTemplates: readonly Declared[];
  readonly subnets: readonly Declared[];
  readonly roles: readonly Declared[];
  readonly outputs: Readonly<Record<string, string>>;
  /** Resources without a local twin, as `<logical id> (<type>)`. */
  readonly notEmulated: readonly string[];
  /** Folder of a file asset by the key under which it would be uploaded. */
  assetPath(key: string): string | undefined;
}

export interface StackOptions {
  /** URL of a queue of the local cloud by its name. */
  queueUrl(queueName: string): string;
}

/** Resolves the template of an assembly. LS_USAGE names the resource if something in it cannot be resolved. */
export function loadStack(assembly: Assembly, options: StackOptions): Stack {
  const { template, stackName } = assembly;
  const scope = scopeOf(assembly, options.queueUrl);
  const wanted = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || scope.condition(Condition),
  );
  const ofType = (...types: string[]) =>
    wanted.filter(([, { Type }]) => types.includes(Type)).map(([id, resource]) => declared(id, resource, scope));
  return {
    name: stackName,
    tables: ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'),
    buckets: ofType('AWS::S3::Bucket'),
    queues: ofType('AWS::SQS::Queue'),
    functions: ofType('AWS::Lambda::Function').map((each) => functionSpec(each, assembly)),
    stateMachines: ofType('AWS::StepFunctions::StateMachine'),
    rules: ofType('AWS::Events::Rule'),
    eventSourceMappings: ofType('AWS::Lambda::EventSourceMapping'),
    launchTemplates: ofType('AWS::EC2::LaunchTemplate'),
    subnets: ofType('AWS::EC2::Subnet'),
    roles: ofType('AWS::IAM::Role'),
    outputs: outputsOf(assembly, scope),
    notEmulated: wanted.filter(([, { Type }]) => !isEmulated(Type)).map(([id, { Type }]) => `${id} (${Type})`),
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
