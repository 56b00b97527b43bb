import type { Member, Roster } from '../records.ts';

/**
 * The records of everybody who may have living tasks in an attempt: those that are there, and for each host of the roster
 * that has none yet a blank one. Where agents have begun the attempt by themselves the roster is there before any record.
 */
export function accountable(roster: Roster | undefined, members: readonly Member[]): readonly Member[] {
  if (roster === undefined) return members;
  const { runId, attempt } = roster;
  const known = new Set(members.map(({ instanceId }) => instanceId));
  const silent = roster.hosts.filter(({ instanceId }) => !known.has(instanceId));
  const blanks = silent.map(({ instanceId, bootId, nonce, address, port }): Member => {
    const nothing = { seq: 0, state: 'JOINED', masterPort: 0, accelerators: [], exits: {} } as const;
    return { ...{ runId, attempt, instanceId, bootId, nonce, address, port }, ...nothing };
  });
  return [...members, ...blanks];
}
