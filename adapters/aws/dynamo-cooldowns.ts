import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Cooldown } from '#core/fleet/cooldown.ts';
import type { CooldownStore } from '#core/fleet/ports.ts';
import { KEYS } from '#core/names.ts';
import { ttl } from './control-item.ts';

/** Cool-downs in the gang table. Advisory, so the last writer wins and reads may lag. */
export function dynamoCooldowns(client: DynamoDBClient, table: string): CooldownStore {
  const keyOf = (pool: string) => ({ pk: { S: KEYS.pool(pool) }, sk: { S: KEYS.cooldown } });

  async function readOne(pool: string): Promise<readonly [string, Cooldown] | undefined> {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: keyOf(pool) }));
    if (Item === undefined) return undefined;
    return [pool, { untilMs: Number(Item.untilMs?.N), lengthS: Number(Item.lengthS?.N) }];
  }

  return {
    async read(pools) {
      const found = await Promise.all(pools.map(readOne));
      return new Map(found.filter((entry) => entry !== undefined));
    },
    async save(pool, { untilMs, lengthS }) {
      const Item = { ...keyOf(pool), untilMs: { N: String(untilMs) }, lengthS: { N: String(lengthS) }, ttl: ttl() };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
  };
}
