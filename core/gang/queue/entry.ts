import type { Phase } from '../records.ts';

export interface QueueEntry {
  readonly runId: string;
  readonly jobUri: string;
  readonly priority: number;
  readonly queuedAtS: number;
  /** When the gang last asked; one that waits and stopped asking does not hold up others. */
  readonly askedAtS: number;
  readonly admitted: boolean;
  readonly instanceTypes: readonly string[];
  /** What the sweep saw last, to tell standing still from moving. */
  readonly watch?: GangWatch;
}

/** Times are the sweep's own. */
export interface GangWatch {
  readonly attempt: number;
  readonly phase: Phase;
  /** Since when attempt and phase are these. */
  readonly sinceS: number;
  /** Sum of all heartbeat counters of the attempt, and since when it has stood still. */
  readonly beats: number;
  readonly beatsSinceS: number;
}

/** One gang at a time acquires from a pool. */
export interface PoolLock {
  readonly runId: string;
  readonly untilS: number;
  /** Raised each time the lock changes hands. */
  readonly fence: number;
}
