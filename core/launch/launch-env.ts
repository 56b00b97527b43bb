/**
 * What a task finds in its environment: every launcher's contract at once, so that a program written for torchrun,
 * TensorFlow, JAX, SageMaker or SkyPilot starts here unchanged. One table; a golden test holds it. Of a contract that would be
 * kept by half there is nothing in it: without Open MPI's process manager a program would take itself for rank 0 of 1, and say
 * nothing, and Horovod's would wait for a rendezvous server.
 */
import type { Env, TaskPlace } from './launchers/place.ts';
import { sageMakerEnv, skyPilotEnv } from './launchers/platforms.ts';
import { jaxEnv, tensorFlowEnv } from './launchers/tensorflow-jax.ts';
import { torchrunCommandEnv, torchrunEnv } from './launchers/torchrun.ts';
import { visibilityEnv } from './visibility.ts';

const CONTRACTS: readonly ((place: TaskPlace) => Env)[] = [
  torchrunEnv,
  torchrunCommandEnv,
  tensorFlowEnv,
  jaxEnv,
  sageMakerEnv,
  skyPilotEnv,
  (place) => visibilityEnv(place.vendor, place.devices.addresses),
  lockstepEnv,
];

/** Environment of one task, by all contracts. What depends on the host's own file system is added by the agent. */
export function launchEnv(place: TaskPlace): Env {
  return Object.assign({}, ...CONTRACTS.map((contract) => contract(place)));
}

function lockstepEnv({ roster, host, task, worldSize, localWorldSize }: TaskPlace): Env {
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
