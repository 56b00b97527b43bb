import type { Summary } from '../output/summary.ts';
import { attemptStories } from './attempts.ts';
import type { TrainingTrace } from './training.ts';

/** How many hosts and attempts a training run took, and what became of each attempt. */
export function gangFigures({
  control,
  journal,
  leases,
}: TrainingTrace): Required<Pick<Summary, 'attempts' | 'hostsAcquired' | 'hostsReleased' | 'history'>> {
  const released = leases.filter(({ releasedAt }) => releasedAt !== undefined);
  return {
    attempts: (control?.attempt ?? 0) + 1,
    hostsAcquired: new Set(leases.map(({ instanceId }) => instanceId)).size,
    hostsReleased: new Set(released.map(({ instanceId }) => instanceId)).size,
    history: attemptStories(control, journal),
  };
}
