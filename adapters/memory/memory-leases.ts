import { LockstepError } from '#core/errors.ts';
import type { LeaseStore } from '#core/fleet/ports.ts';
import type { Lease } from '#core/fleet/records.ts';

/** Leases in memory. */
export function memoryLeases(): LeaseStore {
  const stored = new Map<string, Lease>();
  const intents = new Map<string, string>();
  const keyOf = (runId: string, instanceId: string) => `${runId}/${instanceId}`;

  return {
    async intend(runId, attempt, round, token) {
      intents.set(`${runId}/${attempt}/${round}`, token);
    },
    async grant(leases) {
      const isStale = (lease: Lease) => {
        const before = stored.get(keyOf(lease.runId, lease.instanceId));
        return before !== undefined && (before.attempt > lease.attempt || before.releasedAt !== undefined);
      };
      if (leases.some(isStale)) {
        throw new LockstepError('LS_STALE_ATTEMPT', 'a host was released, or leased to a later attempt, meanwhile');
      }
      for (const lease of leases) stored.set(keyOf(lease.runId, lease.instanceId), lease);
    },
    async extend(runId, instanceIds, attempt) {
      const held = instanceIds.map((instanceId) => stored.get(keyOf(runId, instanceId)));
      const isOurs = (lease: Lease | undefined): lease is Lease =>
        lease !== undefined && lease.releasedAt === undefined && lease.attempt <= attempt;
      if (!held.every(isOurs)) return false;
      for (const lease of held) stored.set(keyOf(runId, lease.instanceId), { ...lease, attempt });
      return true;
    },
    async release(runId, instanceIds, { atMs, attempt = Number.POSITIVE_INFINITY }) {
      return instanceIds.filter((instanceId) => {
        const lease = stored.get(keyOf(runId, instanceId));
        if (lease === undefined || lease.releasedAt !== undefined) return true;
        if (lease.attempt > attempt) return false;
        stored.set(keyOf(runId, instanceId), { ...lease, releasedAt: atMs });
        return true;
      });
    },
    leases: async (runId) =>
      [...stored.values()]
        .filter((lease) => lease.runId === runId)
        .sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1)),
    async leaseOf(runId, instanceId) {
      const lease = stored.get(keyOf(runId, instanceId));
      return lease?.releasedAt === undefined ? lease : undefined;
    },
    runOf: async (wanted) => [...stored.values()].find(({ instanceId }) => instanceId === wanted)?.runId,
  };
}
