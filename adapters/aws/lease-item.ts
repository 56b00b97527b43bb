import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Lease } from '#core/fleet/records.ts';
import { KEYS } from '#core/names.ts';
import { type Item, ttl } from './control-item.ts';

/** Where the lease of a host is kept. */
export const leaseKey = (runId: string, instanceId: string): Item => ({
  pk: { S: KEYS.leases(runId) },
  sk: { S: KEYS.lease(instanceId) },
});

/** Where it is kept to which run a host was ever leased. */
export const hostKey = (instanceId: string): Item => ({ pk: { S: KEYS.host(instanceId) }, sk: { S: KEYS.hostRun } });

/** The lease, and beside it the run for those who know the instance alone. */
export function grantOne(table: string, lease: Lease): TransactWriteItem[] {
  const { runId, instanceId, attempt } = lease;
  const granted = {
    Item: { ...leaseKey(runId, instanceId), ...toItem(lease) },
    ConditionExpression: 'attribute_not_exists(pk) OR (attempt <= :attempt AND attribute_not_exists(releasedAt))',
    ExpressionAttributeValues: { ':attempt': { N: String(attempt) } },
  };
  const known = { Item: { ...hostKey(instanceId), runId: { S: runId }, ttl: ttl() } };
  return [granted, known].map((Put) => ({ Put: { TableName: table, ...Put } }));
}

/** The lease, as one of this attempt. */
export function extendOne(table: string, Key: Item, attempt: number): TransactWriteItem {
  return {
    Update: {
      ...{ TableName: table, Key, UpdateExpression: 'SET attempt = :attempt' },
      ConditionExpression: 'attribute_exists(pk) AND attempt <= :attempt AND attribute_not_exists(releasedAt)',
      ExpressionAttributeValues: { ':attempt': { N: String(attempt) } },
    },
  };
}

function toItem(lease: Lease): Item {
  return {
    runId: { S: lease.runId },
    attempt: { N: String(lease.attempt) },
    instanceId: { S: lease.instanceId },
    instanceType: { S: lease.instanceType },
    zone: { S: lease.zone },
    market: { S: lease.market },
    acquiredAt: { N: String(lease.acquiredAt) },
    ttl: ttl(),
    ...(lease.releasedAt !== undefined && { releasedAt: { N: String(lease.releasedAt) } }),
  };
}

/** Trusts what is stored: only this file writes it. */
export function toLease(item: Item): Lease {
  const text = (name: string) => item[name]?.S ?? '';
  const released = item.releasedAt?.N;
  return {
    runId: text('runId'),
    attempt: Number(item.attempt?.N),
    instanceId: text('instanceId'),
    instanceType: text('instanceType'),
    zone: text('zone'),
    market: text('market'),
    acquiredAt: Number(item.acquiredAt?.N),
    ...(released !== undefined && { releasedAt: Number(released) }),
  };
}
