import type { GangQueue } from '#core/gang/ports.ts';
import type { PoolLock, QueueEntry } from '#core/gang/queue/entry.ts';

/** The gang queue and the pool locks in memory. */
export function memoryQueue(): GangQueue {
  const entries = new Map<string, QueueEntry>();
  const locks = new Map<string, PoolLock>();
  return {
    put: async (entry) => {
      if (entries.get(entry.runId)?.admitted !== true) entries.set(entry.runId, entry);
    },
    note: async (runId, change) => {
      const entry = entries.get(runId);
      if (entry !== undefined) entries.set(runId, { ...entry, ...change });
    },
    remove: async (runId) => {
      entries.delete(runId);
    },
    list: async () => [...entries.values()].sort((a, b) => (a.runId < b.runId ? -1 : 1)),
    lock: async (pool, { runId, nowS, ttlS }) => {
      const before = locks.get(pool);
      if (before !== undefined && before.runId !== runId && before.untilS > nowS) return before;
      const fence = (before?.fence ?? 0) + (before?.runId === runId ? 0 : 1);
      const lock = { runId, untilS: nowS + ttlS, fence };
      locks.set(pool, lock);
      return lock;
    },
    unlock: async (pool, runId) => {
      const before = locks.get(pool);
      if (before?.runId === runId) locks.set(pool, { ...before, untilS: 0 });
    },
  };
}
