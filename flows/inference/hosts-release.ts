import type { LeaseStore } from '#core/fleet/ports.ts';
import type { CrewStore } from '#core/inference/ports.ts';
import { type EndHostsPorts, endHosts } from '../gang/release-gang.ts';

/** What the release of a crew needs of the world. */
export interface ReleaseCrewPorts extends EndHostsPorts {
  readonly crews: CrewStore;
}

export interface ReleaseCrewOptions {
  /** The execution that gives up its hosts; the crew must be its own. */
  readonly owner: string;
  /** How long to wait for the confirmation that every host is gone. @default 200000 */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 200_000;

/**
 * Ends the crew of a run, if it has one of this execution, and waits until the provider confirms that every host is gone.
 * Safe to repeat, also halfway, and from several places at once. LS_TEARDOWN_FAILED, naming the hosts, if one is not
 * confirmed in time: the crew then keeps its place in the books.
 */
export async function releaseCrew(
  ports: ReleaseCrewPorts,
  runId: string,
  { owner, patienceMs = PATIENCE_MS }: ReleaseCrewOptions,
): Promise<void> {
  const { clock, crews, leases, log } = ports;
  const startedMs = clock.monotonicMs();
  const crew = await crews.read(runId);
  if (crew === undefined) return;
  if (crew.owner !== owner)
    return log.warn('not released: the crew is of another execution', { runId, owner: crew.owner });
  // First of all nobody launches any more, and agents leave; then whoever looks late finds its hosts without a crew.
  await crews.move(runId, crew.attempt, 'ENDING');
  do {
    const gone = await endHosts(ports, runId, { startedMs, patienceMs });
    await leases.release(runId, gone, { atMs: clock.wallMs() });
    await crews.move(runId, crew.attempt, 'ENDED');
    // A step on its way may have leased hosts meanwhile. Leases are looked at last: it gives its hosts back itself from now on.
  } while (await hasLeases(leases, runId));
}

const hasLeases = async (leases: LeaseStore, runId: string): Promise<boolean> =>
  (await leases.leases(runId)).some(({ releasedAt }) => releasedAt === undefined);

/** The same for every crew of an execution: one that an event started does not say in its input for which run it was. */
export async function releaseCrewsOf(ports: ReleaseCrewPorts, owner: string): Promise<void> {
  for (const runId of await ports.crews.list()) {
    if ((await ports.crews.read(runId))?.owner === owner) await releaseCrew(ports, runId, { owner });
  }
}
