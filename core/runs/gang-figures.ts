import type { Lease } from '../fleet/records.ts';
import type { AttemptEnd } from '../gang/attempt-end.ts';
import type { Control } from '../gang/records.ts';
import { type AttemptStory, attemptStories } from './attempts.ts';

/** What is kept of a gang while it lives and after. */
export interface GangRecords {
  /** Undefined before there is a gang. */
  readonly control: Control | undefined;
  /** How the attempts that are over ended. */
  readonly journal: readonly AttemptEnd[];
  readonly leases: readonly Lease[];
}

/** How many hosts and attempts a training run took, and what became of each attempt. */
export interface GangFigures {
  readonly attempts: number;
  readonly hostsAcquired: number;
  readonly hostsReleased: number;
  readonly history: readonly AttemptStory[];
}

export function gangFigures({ control, journal, leases }: GangRecords): GangFigures {
  const released = leases.filter(({ releasedAt }) => releasedAt !== undefined);
  return {
    attempts: (control?.attempt ?? 0) + 1,
    hostsAcquired: new Set(leases.map(({ instanceId }) => instanceId)).size,
    hostsReleased: new Set(released.map(({ instanceId }) => instanceId)).size,
    history: attemptStories(control, journal),
  };
}
