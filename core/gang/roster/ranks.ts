import type { Member, Roster } from '../records.ts';

/**
 * Which host gets which place, and with it which ranks: survivors of the previous roster keep theirs, the others fill
 * the holes from the lowest, in the order of their instance ids. Undefined while there are fewer members than places.
 */
export function placeHosts(
  members: readonly Member[],
  hosts: number,
  previous: Roster | undefined,
): readonly Member[] | undefined {
  const byId = [...members].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  const survivors = (previous?.hosts ?? [])
    .slice(0, hosts)
    .map((host) => byId.find((one) => one.instanceId === host.instanceId));
  const newcomers = byId.filter((member) => !survivors.includes(member));
  const places = Array.from({ length: hosts }, (_, place) => survivors[place] ?? newcomers.shift());
  return places.every((member) => member !== undefined) ? places : undefined;
}
