import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { startGuardian } from '#adapters/process/guardian.ts';
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
import { type StepFunctionsService, startStepFunctions } from './step-functions/start-step-functions.ts';
import type { Stopping } from './stopping.ts';
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
  const states = await stopping.started(startMachines(options, lambda, () => bus));
  const rules = stack.rules.map(ruleOf);
  const events = await stopping.started(
    startEvents(rules, destinationsOf({ lambda, states, sqsUrl, queueUrl }), port()),
  );
  bus = events;
  for (const mapping of stack.eventSourceMappings.map(mappingOf)) {
    if (mapping === undefined) continue;
    const url = queueUrl(mapping.queueArn.split(':').at(-1) ?? '');
    const from = stores.sqs.used;
    await stopping.started(Promise.resolve(startPoller({ mapping, sqsUrl, queueUrl: url, lambda, from })));
  }
  const announcing = new Set(stack.buckets.filter(sendsEvents).map(({ ref }) => ref));
  stores.s3.onObjectCreated((object) => {
    if (announcing.has(object.bucket)) events.publish(objectCreated(object));
  });
  fleet.onEvent((event) => events.publish(event));
  return { urls: { lambda: lambda.url, events: events.url, states: states.url } };
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
    codeDir: codeFolder(spec.codeDir, join(stateDir, 'functions')),
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

function startMachines(
  { stack, stores, stateDir, port }: ComputeOptions,
  lambda: LambdaService,
  bus: () => EventsService | undefined,
): Promise<StepFunctionsService> {
  return startStepFunctions({
    machines: stack.stateMachines.map(({ arn, properties }) => ({
      arn,
      definition: String(properties.DefinitionString),
    })),
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

/** True if the template has the bucket tell EventBridge of its objects. */
const sendsEvents = ({ properties }: Stack['buckets'][number]): boolean => {
  const notification = properties.NotificationConfiguration as
    | { readonly EventBridgeConfiguration?: { readonly EventBridgeEnabled?: boolean } }
    | undefined;
  return notification?.EventBridgeConfiguration?.EventBridgeEnabled === true;
};
