/**
 * Composition root of the functions: environment → ports, each built at its first use and kept for the life of the
 * Lambda environment. A handler takes `Pick<Runtime, …>` of what it needs, so that a test can hand it memory ports:
 *
 *     export async function stageData(ports: StagePorts, state: TrainingState): Promise<TrainingState> { … }
 *     export const handler = (state: TrainingState) => stageData(runtime, state);
 *
 * Errors are not caught here: a LockstepError leaves the handler as it is, and its name is the code that `Catch` matches.
 */
import { athena } from '#adapters/aws/athena-client.ts';
import { athenaWarehouse } from '#adapters/aws/athena-warehouse.ts';
import * as clients from '#adapters/aws/clients.ts';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoClaims } from '#adapters/aws/dynamo-claims.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoCooldowns } from '#adapters/aws/dynamo-cooldowns.ts';
import { dynamoCrews } from '#adapters/aws/dynamo-crews.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import { dynamoQueue } from '#adapters/aws/dynamo-queue.ts';
import { dynamoRuns } from '#adapters/aws/dynamo-runs.ts';
import { sfnCallback } from '#adapters/aws/sfn-callback.ts';
import { sfnExecutions } from '#adapters/aws/sfn-workflows.ts';
import type { CooldownStore, LeaseStore } from '#core/fleet/ports.ts';
import type { BarrierStore, Callback, ControlStore, GangQueue, MemberStore } from '#core/gang/ports.ts';
import type { ClaimStore, CrewStore } from '#core/inference/ports.ts';
import { ENV } from '#core/names.ts';
import type { Runs, Workflows } from '#core/runs/ports.ts';
import type { Warehouse } from '#core/training/ports.ts';
import { objectRuntime, once, required, withPorts } from './object-runtime.ts';

const dynamodb = once(() => clients.dynamodb());
const table = (): string => required(ENV.table);
const barrier = once(() => dynamoBarrier(dynamodb(), table()));
const callback = once(() => sfnCallback({ dynamodb: dynamodb(), sfn: clients.sfn(), table: table() }));
const claims = once(() => dynamoClaims(dynamodb(), table()));
const control = once(() => dynamoControl(dynamodb(), table()));
const cooldowns = once(() => dynamoCooldowns(dynamodb(), table()));
const crews = once(() => dynamoCrews(dynamodb(), table()));
const executions = once(() => sfnExecutions(clients.sfn()));
const leases = once(() => dynamoLeases(dynamodb(), table()));
const members = once(() => dynamoMembers(dynamodb(), table()));
const queue = once(() => dynamoQueue(dynamodb(), table()));
const runs = once(() => dynamoRuns(dynamodb(), table()));
const warehouse = once(() => athenaWarehouse(athena(), required(ENV.warehouse)));

const storePorts = {
  get barrier(): BarrierStore {
    return barrier();
  },
  get callback(): Callback {
    return callback();
  },
  get claims(): ClaimStore {
    return claims();
  },
  get control(): ControlStore {
    return control();
  },
  get cooldowns(): CooldownStore {
    return cooldowns();
  },
  get crews(): CrewStore {
    return crews();
  },
  get executions(): Pick<Workflows, 'describe'> {
    return executions();
  },
  get leases(): LeaseStore {
    return leases();
  },
  get members(): MemberStore {
    return members();
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

/** Every port but the fleet, which is in fleet-runtime.ts. Each is still built at its first use. */
export const runtime = withPorts(objectRuntime, storePorts);

export type Runtime = typeof runtime;
