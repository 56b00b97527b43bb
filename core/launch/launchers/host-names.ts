import type { Roster } from '#core/gang/records.ts';

/**
 * One distinct name a host, in the order of the roster: its address, or its instance id where several hosts share one
 * address, as emulated hosts on one machine do. Programs look themselves up in such lists, so a name must not repeat.
 */
export function hostNames(roster: Roster): readonly string[] {
  const addresses = roster.hosts.map((host) => host.address);
  const areDistinct = new Set(addresses).size === addresses.length;
  return areDistinct ? addresses : roster.hosts.map((host) => host.instanceId);
}
