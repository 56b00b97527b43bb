import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { startGuardian } from '#adapters/process/guardian.ts';
import { LockstepError } from '#core/errors.ts';
import type { LocalFleet } from './ec2/start-fleet.ts';
import { destinationsOf } from './events/destinations.ts';
import { executionChanged } from './events/execution-event.ts';
import { ruleOf } from './events/rule.ts';
import { objectCreated } from './events/s3-event.ts';
import { type EventsService, startEvents } from './events/start-events.ts';
import { codeFolder } from './lambda/code-folder.ts';
import type { LambdaService } from './lambda/lambda-service.ts';
import { startLambda } from './lambda/start-lambda.ts';
import { mappingOf } from './sqs-poller/mapping.ts';
import { startPoller } from './sqs-poller/start-poller.ts';
import type { Stores } from './start-stores.ts';
import { parseDefinition } from './step-functions/asl.ts';
import { type StepFunctionsService, startStepFunctions } from './step-functions/start-step-functions.ts';
import type { Stopping } from './stopping.ts';
import type { Declared } from './template/declared.ts';
import { whole } from './template/left-out.ts';
import type { Stack } from './template/stack.ts';

export interface ComputeOptions {
  readonly stack: Stack;
  readonly stores: Stores;
  readonly fleet: Pick<LocalFleet, 'onEvent'>;
  readonly stateDir: string;
  readonly port: () => number;
  readonly env: () => Readonly<Record<string, string>>;
  readonly codeCache: string | undefined;
}

export interface Compute {
  /** Resources that could not be carried out, each with its type and why. */
  readonly leftOut: readonly string[];
  readonly urls: { readonly lambda: string; readonly events: string; readonly states: string };
}

/**
 * Starts functions, state machines, rules and pollers, and lets objects, hosts and executions tell the rules of changes.
 * Rules start after the machines and so stop before them: what the end of the cloud does to executions and hosts must not
 * set off functions again.
 */
export async function startCompute(options: ComputeOptions, stopping: Stopping): Promise<Compute> {
  const { stack, stores, fleet, port } = options;
  const { queueUrl } = stores;
  const sqsUrl = stores.urls.sqs;
  const lambda = await startFunctions(options, stopping);
  let bus: EventsService | undefined;
  const leftOut: string[] = [];
  const leave = (line: string) => void leftOut.push(line);
  const machines = whole('AWS::StepFunctions::StateMachine', stack.stateMachines, { make: machineOf, leave });
  const states = await stopping.started(startMachines(machines, options, { lambda, bus: () => bus }));
  const rules = whole('AWS::Events::Rule', stack.rules, { make: ruleOf, leave });
  const events = await stopping.started(
    startEvents(rules, destinationsOf({ lambda, states, sqsUrl, queueUrl }), port()),
  );
  bus = events;
  const functions = new Set(stack.functions.flatMap(({ name, arn }) => [name, arn]));
  const mappings = whole('AWS::Lambda::EventSourceMapping', stack.eventSourceMappings, { make: mappingOf, leave });
  for (const mapping of mappings) {
    if (mapping === undefined || !functions.has(mapping.functionName)) continue;
    const url = queueUrl(mapping.queueArn.split(':').at(-1) ?? '');
    const from = stores.sqs.used;
    await stopping.started(Promise.resolve(startPoller({ mapping, sqsUrl, queueUrl: url, lambda, from })));
  }
  const announcing = announcingBuckets(stack);
  stores.s3.onObjectCreated((object) => {
    if (announcing.has(object.bucket)) events.publish(objectCreated(object));
  });
  fleet.onEvent((event) => events.publish(event));
  return { leftOut, urls: { lambda: lambda.url, events: events.url, states: states.url } };
}

async function startFunctions(
  { stack, stateDir, port, env, codeCache }: ComputeOptions,
  stopping: Stopping,
): Promise<LambdaService> {
  const guardian = startGuardian();
  await stopping.started(Promise.resolve({ stop: () => guardian.close() }));
  const tempRoot = join(stateDir, 'tmp');
  mkdirSync(tempRoot, { recursive: true });
  const specs = stack.functions.map((spec) => ({
    ...spec,
    codeDir: codeFolder(spec.code, join(stateDir, 'functions')),
  }));
  const around = {
    guardian,
    codeCache,
    get cloudEnv() {
      return env();
    },
    logFile: (name: string) => join(stateDir, 'logs', `${name}.log`),
    tempDir: (name: string) => mkdtempSync(join(tempRoot, `${name}-`)),
  };
  return stopping.started(startLambda(specs, around, port()));
}

interface MachineSpec {
  readonly arn: string;
  readonly definition: string;
}

/** LS_USAGE for a definition that is not in the template, or that cannot be run whole. */
function machineOf({ logicalId, arn, properties }: Declared): MachineSpec {
  const { DefinitionString: definition } = properties;
  if (typeof definition !== 'string')
    throw new LockstepError('LS_USAGE', `the definition of ${logicalId} is not in the template`);
  parseDefinition(arn.split(':').at(-1) ?? arn, definition);
  return { arn, definition };
}

function startMachines(
  machines: readonly MachineSpec[],
  { stores, stateDir, port }: ComputeOptions,
  { lambda, bus }: { readonly lambda: LambdaService; bus(): EventsService | undefined },
): Promise<StepFunctionsService> {
  return startStepFunctions({
    machines,
    reach: {
      lambda,
      dynamodbUrl: stores.urls.dynamodb,
      sqsUrl: stores.urls.sqs,
      s3Url: stores.urls.s3,
      putEvents: (entries) => bus()?.putEvents(entries),
    },
    journal: join(stateDir, 'executions.jsonl'),
    port: port(),
    onChange: (execution) => bus()?.publish(executionChanged(execution)),
  });
}

/** Buckets that tell EventBridge of their objects: by a property of their own, or by what CDK sets it by apart from them. */
function announcingBuckets({ buckets, bucketNotifications }: Stack): ReadonlySet<string> {
  return new Set([
    ...buckets.filter(({ properties }) => isOpen(properties, true)).map(({ ref }) => ref),
    ...bucketNotifications
      .filter(({ properties }) => isOpen(properties, undefined))
      .map(({ properties }) => String(properties.BucketName)),
  ]);
}

function isOpen({ NotificationConfiguration }: Declared['properties'], isEnabled: boolean | undefined): boolean {
  const { EventBridgeConfiguration: bridge } = (NotificationConfiguration ?? {}) as {
    readonly EventBridgeConfiguration?: { readonly EventBridgeEnabled?: boolean };
  };
  return bridge !== undefined && bridge.EventBridgeEnabled === isEnabled;
}
