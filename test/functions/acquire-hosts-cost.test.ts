import { expect, it } from 'vitest';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoCooldowns } from '#adapters/aws/dynamo-cooldowns.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { dynamoQueue } from '#adapters/aws/dynamo-queue.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';
import { createTable } from '../conformance/dynamodb-table.ts';
import { hostsWorld, JOB, POOL, RUN, STATE } from './hosts-world.ts';

const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems'];

it('a gang of 64 hosts is acquired by one call with at most six writes', async () => {
  const table = await createTable();
  try {
    const { client, name } = table;
    const writes: string[] = [];
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        async (args) => {
          const operation = commandName.replace(/Command$/, '');
          if (WRITES.includes(operation)) writes.push(operation);
          return await next(args);
        },
      { step: 'initialize' },
    );
    const { ports } = await hostsWorld({
      capacity: { [POOL]: 64 },
      job: { ...JOB, gang: { ...JOB.gang, hosts: 64 } },
    });
    const control = dynamoControl(client, name);
    const item = await ports.control.read(RUN);
    if (item === undefined) throw new Error('the world has no control item');
    await control.create(item);
    writes.length = 0;
    const state = await acquireHosts(STATE, {
      ...ports,
      control,
      leases: dynamoLeases(client, name),
      cooldowns: dynamoCooldowns(client, name),
      queue: dynamoQueue(client, name),
    });
    expect(state).toMatchObject({ next: 'run' });
    expect(writes).toContain('TransactWriteItems');
    expect(writes.length).toBeLessThanOrEqual(6);
    expect(await dynamoLeases(client, name).leases(RUN)).toHaveLength(64);
  } finally {
    await table.remove();
  }
});
