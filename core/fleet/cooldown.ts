/**
 * A pool that had nothing to give is left alone for a while, by every gang. The times are wall clock and advisory: a
 * clock that is wrong costs one question too many, or one pass of waiting, and never a host.
 */
export interface Cooldown {
  /** Epoch milliseconds before which the pool is not asked. */
  readonly untilMs: number;
  /** Length of this cool-down; the next one in a row is twice as long. */
  readonly lengthS: number;
}

const FIRST_S = 60;
const LONGEST_S = 600;

/** A quota counts hosts for about two minutes after they were terminated, so asking earlier tells nothing. */
const QUOTA_S = 120;

/** The cool-down after a pool had no capacity: 60 s, twice as long each time in a row, at most 600 s. */
export function afterShortage(before: Cooldown | undefined, nowMs: number): Cooldown {
  const inARow = before !== undefined && nowMs < before.untilMs + LONGEST_S * 1000;
  const lengthS = inARow ? Math.min(before.lengthS * 2, LONGEST_S) : FIRST_S;
  return { untilMs: nowMs + lengthS * 1000, lengthS };
}

/** The cool-down after a quota was reached: always as long as EC2 takes to notice that hosts are gone. */
export const afterQuota = (nowMs: number): Cooldown => ({ untilMs: nowMs + QUOTA_S * 1000, lengthS: FIRST_S / 2 });

export const isCooling = (cooldown: Cooldown | undefined, nowMs: number): boolean =>
  cooldown !== undefined && nowMs < cooldown.untilMs;
