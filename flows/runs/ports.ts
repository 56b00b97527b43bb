import type { LeaseStore } from '#core/fleet/ports.ts';
import type { ControlStore, Journal, MemberStore } from '#core/gang/ports.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Runs, Workflows } from '#core/runs/ports.ts';
import type { Clock, Ids } from '#core/system/ports.ts';
import type { ProgressStore } from '#core/training/ports.ts';

/** What starting, following, ending and describing runs needs of the world: one deployment, here or on AWS. */
export interface RunPorts {
  /** Name of the data bucket. */
  readonly bucket: string;
  readonly objects: Objects;
  readonly control: ControlStore;
  readonly journal: Journal;
  readonly members: MemberStore;
  readonly leases: LeaseStore;
  readonly progress: ProgressStore;
  readonly runs: Runs;
  readonly workflows: Workflows;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Pause between two polls of a run. */
  readonly pollMs: number;
}
