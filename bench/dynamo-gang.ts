import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import { startDynamoDb } from '../localstack/embedded/dynamodb/start-dynamodb.ts';
import { type LocalGang, type LocalGangOptions, localGang } from './local-gang.ts';

/** Requests that a gang makes for its barriers, counted while it runs. */
export interface BarrierCosts {
  writes: number;
  reads: number;
}

const TABLE = 'gang';

/** A local gang whose records are in the embedded DynamoDB, over HTTP as on AWS. */
export async function dynamoGang(options: LocalGangOptions): Promise<LocalGang & { readonly costs: BarrierCosts }> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const dynamo = await startDynamoDb({ folder });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint: dynamo.url, credentials });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
    }),
  );
  const costs: BarrierCosts = { writes: 0, reads: 0 };
  const control = dynamoControl(client, TABLE);
  const barriers = dynamoBarrier(client, TABLE);
  const stores = {
    members: dynamoMembers(client, TABLE),
    leases: dynamoLeases(client, TABLE),
    control: {
      ...control,
      write: counted(costs, 'writes', control.write),
      read: counted(costs, 'reads', control.read),
    },
    barriers: {
      ...barriers,
      arrive: counted(costs, 'writes', barriers.arrive),
      arrivals: counted(costs, 'reads', barriers.arrivals),
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

function counted<A extends unknown[], R>(costs: BarrierCosts, kind: keyof BarrierCosts, call: (...args: A) => R) {
  return (...args: A): R => {
    costs[kind]++;
    return call(...args);
  };
}
