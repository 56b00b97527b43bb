import { expect, it } from 'vitest';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import type { Arrival } from '#core/gang/records.ts';
import { scriptedDynamo } from './scripted-dynamodb.ts';

const AT = { runId: 'r', attempt: 0, epoch: 0 };
const arrivals: readonly Arrival[] = [0, 1].map((rank) => ({ rank, kind: 'allGather', callSite: '', payload: 'p' }));

it('puts no rank into the set of an allGather before all payloads that it brings are written', async () => {
  const written = Promise.withResolvers<object>();
  const { client, sent } = scriptedDynamo(async ({ command }) => (command === 'PutItemCommand' ? written.promise : {}));
  const arriving = dynamoBarrier(client, 'gangs').arrive(AT, arrivals);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(sent.map(({ command }) => command)).toEqual(['PutItemCommand', 'PutItemCommand']);
  written.resolve({});
  await arriving;
  expect(sent.map(({ command }) => command).at(-1)).toBe('UpdateItemCommand');
});

it('puts no rank into the set whose payload could not be written', async () => {
  const { client, sent } = scriptedDynamo(async ({ command }) => {
    if (command === 'PutItemCommand') throw new Error('throttled');
    return {};
  });
  await expect(dynamoBarrier(client, 'gangs').arrive(AT, arrivals)).rejects.toThrow('throttled');
  expect(sent.map(({ command }) => command)).not.toContain('UpdateItemCommand');
});
