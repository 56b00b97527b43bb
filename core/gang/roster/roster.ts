import type { Control, Roster } from '../records.ts';

/** Every rank of the world, host by host. */
export const ranksOf = (roster: Roster): readonly number[] =>
  roster.hosts.flatMap((host) => host.tasks.map((task) => task.rank));

/** A gang has equal hosts. */
export const tasksPerHost = (control: Control): number => control.worldSize / control.hosts;
