import type { QueueEntry } from './entry.ts';

/** A gang that waits asks once a minute at least; one that has not for so long has gone. */
const ASKS_S = 150;

/**
 * True if it is this gang's turn: no other that waits for one of the same instance types comes before it. Higher
 * priority first, then longer wait, then run id, so that any two agree on their order.
 */
export function isNext(entries: readonly QueueEntry[], runId: string, nowS: number): boolean {
  const own = entries.find((entry) => entry.runId === runId);
  if (own === undefined) return false;
  const rivals = entries.filter(
    (entry) =>
      entry.runId !== runId &&
      !entry.admitted &&
      nowS - entry.askedAtS <= ASKS_S &&
      entry.instanceTypes.some((type) => own.instanceTypes.includes(type)),
  );
  return rivals.every((rival) => comesBefore(own, rival));
}

function comesBefore(a: QueueEntry, b: QueueEntry): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.queuedAtS !== b.queuedAtS) return a.queuedAtS < b.queuedAtS;
  return a.runId < b.runId;
}
