import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import type { Member } from '#core/gang/records.ts';
import { startDynamoDb } from '../localstack/embedded/dynamodb/start-dynamodb.ts';
import { gangTable } from './gang-table.ts';
import { type LocalGang, type LocalGangOptions, localGang } from './local-gang.ts';

/** Requests that a gang makes for its barriers, counted while it runs, and what each of them took in milliseconds. */
export interface BarrierCosts {
  writes: number;
  reads: number;
  readonly tookMs: { readonly arrive: number[]; readonly release: number[]; readonly read: number[] };
}

export interface DynamoGangOptions extends LocalGangOptions {
  /** Agents do not know each other's ports, so that no hint ever reaches anybody. @default false */
  readonly losesHints?: boolean;
}

const TABLE = 'gang';

/** A local gang whose records are in the embedded DynamoDB, over HTTP as on AWS. */
export async function dynamoGang(options: DynamoGangOptions): Promise<LocalGang & { readonly costs: BarrierCosts }> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const dynamo = await startDynamoDb({ folder });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint: dynamo.url, credentials });
  await client.send(new CreateTableCommand(gangTable(TABLE)));
  const costs: BarrierCosts = { writes: 0, reads: 0, tookMs: { arrive: [], release: [], read: [] } };
  const members = dynamoMembers(client, TABLE);
  const control = dynamoControl(client, TABLE);
  const barriers = dynamoBarrier(client, TABLE);
  const stores = {
    members: options.losesHints
      ? { ...members, put: (member: Member, signal?: AbortSignal) => members.put({ ...member, port: 0 }, signal) }
      : members,
    leases: dynamoLeases(client, TABLE),
    control: {
      ...control,
      write: counted(costs, { kind: 'writes', took: costs.tookMs.release }, control.write),
      read: counted(costs, { kind: 'reads', took: costs.tookMs.read }, control.read),
    },
    barriers: {
      ...barriers,
      arrive: counted(costs, { kind: 'writes', took: costs.tookMs.arrive }, barriers.arrive),
      arrivals: counted(costs, { kind: 'reads', took: [] }, barriers.arrivals),
    },
  };
  const gang = await localGang({ ...options, wrap: (ports) => ({ ...ports, ...stores }) });
  return {
    ...gang,
    costs,
    async close() {
      await gang.close();
      client.destroy();
      await dynamo.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Counting {
  readonly kind: 'writes' | 'reads';
  readonly took: number[];
}

function counted<A extends unknown[], R>(
  costs: BarrierCosts,
  { kind, took }: Counting,
  call: (...args: A) => Promise<R>,
) {
  return async (...args: A): Promise<R> => {
    costs[kind]++;
    const startedMs = performance.now();
    const result = await call(...args);
    took.push(performance.now() - startedMs);
    return result;
  };
}
