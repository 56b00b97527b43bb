/**
 * Composition root of the functions: environment → ports, each built at its first use and kept for the life of the
 * Lambda environment. A handler takes `Pick<Runtime, …>` of what it needs, so that a test can hand it memory ports:
 *
 *     export async function stageData(state: TrainingState, ports: StagePorts): Promise<TrainingState> { … }
 *     export const handler = (state: TrainingState) => stageData(state, runtime);
 *
 * Errors are not caught here: a LockstepError leaves the handler as it is, and its name is the code that `Catch` matches.
 */
import { athenaWarehouse } from '#adapters/aws/athena-warehouse.ts';
import * as clients from '#adapters/aws/clients.ts';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoCooldowns } from '#adapters/aws/dynamo-cooldowns.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import { dynamoQueue } from '#adapters/aws/dynamo-queue.ts';
import { dynamoRuns } from '#adapters/aws/dynamo-runs.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { sfnCallback } from '#adapters/aws/sfn-callback.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { ENV } from '#core/names.ts';
import type {
  BarrierStore,
  Callback,
  Clock,
  ControlStore,
  CooldownStore,
  GangQueue,
  Ids,
  LeaseStore,
  Log,
  MemberStore,
  Objects,
  Runs,
  Warehouse,
} from '#core/ports.ts';

/** Value of an environment variable that the stack sets; its absence is a mistake in the stack. */
export function required(name: (typeof ENV)[keyof typeof ENV]): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

/** Builds a value at its first use. */
export function once<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => {
    built ??= { value: build() };
    return built.value;
  };
}

const log = once(() => jsonLog());
const dynamodb = once(clients.dynamodb);
const table = (): string => required(ENV.table);
const barrier = once(() => dynamoBarrier(dynamodb(), table()));
const callback = once(() => sfnCallback({ dynamodb: dynamodb(), sfn: clients.sfn(), table: table() }));
const control = once(() => dynamoControl(dynamodb(), table()));
const cooldowns = once(() => dynamoCooldowns(dynamodb(), table()));
const leases = once(() => dynamoLeases(dynamodb(), table()));
const members = once(() => dynamoMembers(dynamodb(), table()));
const objects = once(() => s3Objects(clients.s3()));
const queue = once(() => dynamoQueue(dynamodb(), table()));
const runs = once(() => dynamoRuns(dynamodb(), table()));
const warehouse = once(() => athenaWarehouse(clients.athena(), required(ENV.warehouse)));

/** Every port but the fleet, which is in fleet-runtime.ts. Getters, so that a function pays only for what it uses. */
export const runtime = {
  /** Name of the data bucket. */
  get bucket(): string {
    return required(ENV.bucket);
  },
  get barrier(): BarrierStore {
    return barrier();
  },
  get callback(): Callback {
    return callback();
  },
  get clock(): Clock {
    return systemClock;
  },
  get control(): ControlStore {
    return control();
  },
  get cooldowns(): CooldownStore {
    return cooldowns();
  },
  get ids(): Ids {
    return systemIds;
  },
  get leases(): LeaseStore {
    return leases();
  },
  get log(): Log {
    return log();
  },
  get members(): MemberStore {
    return members();
  },
  get objects(): Objects {
    return objects();
  },
  get queue(): GangQueue {
    return queue();
  },
  get runs(): Runs {
    return runs();
  },
  get warehouse(): Warehouse {
    return warehouse();
  },
};

export type Runtime = typeof runtime;
