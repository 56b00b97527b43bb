import type { Candidate } from './candidates.ts';
import type { Host } from './records.ts';

export interface Missing extends Candidate {
  readonly attempt: number;
  readonly count: number;
}

/**
 * True if orphans can be nothing but the launch that this step is about to make: then the same token returns them, and
 * nothing is bought twice. All others are terminated before anything is launched.
 */
export function isAdoptable(orphans: readonly Host[], launch: Missing): boolean {
  return (
    orphans.length === launch.count &&
    orphans.every(
      (host) =>
        host.attempt === launch.attempt &&
        host.instanceType === launch.instanceType &&
        host.zone === launch.zone &&
        host.market === launch.market,
    )
  );
}
