import { LockstepError } from '#core/errors.ts';
import { isAbandoned } from '#core/gang/abandoned.ts';
import type { Workflows } from '#core/runs/ports.ts';
import { type ReleaseCrewPorts, releaseCrew } from './hosts-release.ts';

/** What the sweep of a crew needs of the world. */
export interface SweepCrewPorts extends ReleaseCrewPorts {
  /** The executions that crews belong to. */
  readonly executions: Pick<Workflows, 'describe'>;
}

/**
 * Releases the hosts of a run whose execution has ended without doing it: the event that says so may have been lost, and nobody
 * else would ever come for them. True if that was so. Hosts that are not gone at once are looked at by the next sweep.
 */
export async function sweepCrew(ports: SweepCrewPorts, runId: string): Promise<boolean> {
  const { clock, crews, executions, log } = ports;
  const crew = await crews.read(runId);
  if (crew === undefined) return false;
  // Its line in the list was left behind.
  if (crew.phase === 'ENDED') await crews.move(runId, crew.attempt, 'ENDED');
  if (crew.phase === 'ENDED') return false;
  const { owner } = crew;
  const status = (await executions.describe(owner))?.status;
  if (!isAbandoned(status, clock.wallMs() - crew.openedAtS * 1000)) return false;
  log.warn('the execution of a crew has ended without releasing it', { runId, owner, status: status ?? 'unknown' });
  try {
    await releaseCrew(ports, runId, { owner, patienceMs: 0 });
  } catch (error) {
    if (!(error instanceof LockstepError && error.code === 'LS_TEARDOWN_FAILED')) throw error;
    log.info('hosts of an ended execution are on their way out', { runId, message: error.message });
  }
  return true;
}
