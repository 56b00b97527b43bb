/**
 * What a task finds in its environment: every launcher's contract at once, so that a program written for torchrun,
 * Horovod, mpirun, TensorFlow, JAX, SageMaker or SkyPilot starts here unchanged. One table; a golden test holds it.
 */
import { invariant } from '../errors.ts';
import type { Roster, RosterHost, RosterTask } from '../gang/state.ts';
import type { Vendor } from './accelerators.ts';
import { horovodEnv, openMpiEnv } from './launchers/mpi.ts';
import { sageMakerEnv, skyPilotEnv } from './launchers/platforms.ts';
import { jaxEnv, tensorFlowEnv } from './launchers/tensorflow-jax.ts';
import { torchrunEnv } from './launchers/torchrun.ts';
import { visibility } from './visibility.ts';

export type Env = Readonly<Record<string, string>>;

/** One task in its gang, seen from every side that a launcher names. */
export interface Place {
  readonly roster: Roster;
  readonly host: RosterHost;
  readonly task: RosterTask;
  /** Index of the host in the roster. */
  readonly hostIndex: number;
  readonly worldSize: number;
  readonly localWorldSize: number;
  readonly vendor: Vendor;
  /** Restarts that the job allows in all; what is used so far is the attempt. */
  readonly maxRestarts: number;
}

/** Finds the place of a rank; the roster is complete, so a missing rank is a broken invariant. */
export function placeOf(roster: Roster, rank: number, rest: { vendor: Vendor; maxRestarts: number }): Place {
  const hostIndex = roster.hosts.findIndex((host) => host.tasks.some((task) => task.rank === rank));
  const host = roster.hosts[hostIndex];
  const task = host?.tasks.find((one) => one.rank === rank);
  invariant(host !== undefined && task !== undefined, `rank ${rank} is in the roster`);
  const worldSize = roster.hosts.reduce((sum, one) => sum + one.tasks.length, 0);
  return { roster, host, task, hostIndex, worldSize, localWorldSize: host.tasks.length, ...rest };
}

const CONTRACTS: readonly ((place: Place) => Env)[] = [
  torchrunEnv,
  horovodEnv,
  openMpiEnv,
  tensorFlowEnv,
  jaxEnv,
  sageMakerEnv,
  skyPilotEnv,
  (place) => visibility(place.vendor, place.task.accelerators),
  lockstepEnv,
];

/** Environment of one task, by all contracts. What depends on the host's own file system is added by the agent. */
export function launchEnv(place: Place): Env {
  return Object.assign({}, ...CONTRACTS.map((contract) => contract(place)));
}

function lockstepEnv({ roster, host, task, worldSize, localWorldSize }: Place): Env {
  return {
    LOCKSTEP_RUN_ID: roster.runId,
    LOCKSTEP_ATTEMPT: String(roster.attempt),
    LOCKSTEP_ATTEMPT_ID: attemptId(roster, host.instanceId),
    LOCKSTEP_RANK: String(task.rank),
    LOCKSTEP_LOCAL_RANK: String(task.localRank),
    LOCKSTEP_WORLD_SIZE: String(worldSize),
    LOCKSTEP_LOCAL_WORLD_SIZE: String(localWorldSize),
  };
}

/**
 * Marks every process that one host started for one attempt, so that one which left its process group can still be
 * found. It names the host, because emulated hosts share one process table.
 */
export const attemptId = (at: { readonly runId: string; readonly attempt: number }, instanceId: string): string =>
  `${at.runId}/${at.attempt}/${instanceId}`;
