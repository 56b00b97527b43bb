import { invariant } from '#core/errors.ts';
import type { Roster, RosterHost, RosterTask } from '#core/gang/records.ts';
import type { Visibility } from '#core/job/job.ts';
import type { Vendor } from '#core/resources/accelerators.ts';
import { type VisibleDevices, visibleDevices } from '../visibility.ts';

export type Env = Readonly<Record<string, string>>;

/** One task in its gang, seen from every side that a launcher names. */
export interface TaskPlace {
  readonly roster: Roster;
  readonly host: RosterHost;
  readonly task: RosterTask;
  /** Index of the host in the roster. */
  readonly hostIndex: number;
  readonly worldSize: number;
  readonly localWorldSize: number;
  readonly vendor: Vendor;
  readonly devices: VisibleDevices;
  /** Processes that the task itself starts on its host, where it is a launcher and not the program. */
  readonly processes: number | undefined;
  /** Restarts that the job allows in all; what is used so far is the attempt. */
  readonly maxRestarts: number;
}

/** What does not follow from the roster. */
export interface PlaceSettings {
  readonly vendor: Vendor;
  readonly visibility: Visibility;
  readonly processes: number | undefined;
  readonly maxRestarts: number;
}

/** Finds the place of a rank; the roster is complete, so a missing rank is a broken invariant. */
export function placeOf(roster: Roster, rank: number, { visibility, ...rest }: PlaceSettings): TaskPlace {
  const hostIndex = roster.hosts.findIndex((host) => host.tasks.some((task) => task.rank === rank));
  const host = roster.hosts[hostIndex];
  const task = host?.tasks.find((one) => one.rank === rank);
  invariant(host !== undefined && task !== undefined, `rank ${rank} is in the roster`);
  const worldSize = roster.hosts.reduce((sum, one) => sum + one.tasks.length, 0);
  const devices = visibleDevices(host, task.localRank, visibility);
  return { roster, host, task, hostIndex, worldSize, localWorldSize: host.tasks.length, devices, ...rest };
}
