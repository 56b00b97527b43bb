import type { Env, TaskPlace } from './place.ts';

/** TF_CONFIG for MultiWorkerMirroredStrategy: one worker a rank, on the ports that follow the master's. */
export function tensorFlowEnv({ roster, task }: TaskPlace): Env {
  const byRank = roster.hosts
    .flatMap((host) => host.tasks.map((one) => ({ rank: one.rank, address: host.address })))
    .sort((a, b) => a.rank - b.rank);
  // Counted by rank and not by local rank, because emulated hosts share one address.
  const worker = byRank.map(({ rank, address }) => `${address}:${roster.masterPort + 1 + rank}`);
  return { TF_CONFIG: JSON.stringify({ cluster: { worker }, task: { type: 'worker', index: task.rank } }) };
}

/** JAX reads the coordinator and the local devices from the environment; it must be passed the other two. */
export function jaxEnv({ roster, task, worldSize, devices }: TaskPlace): Env {
  return {
    JAX_COORDINATOR_ADDRESS: `${roster.masterAddress}:${roster.masterPort}`,
    JAX_COORDINATOR_BIND_ADDRESS: `${roster.masterAddress}:${roster.masterPort}`,
    JAX_NUM_PROCESSES: String(worldSize),
    JAX_PROCESS_ID: String(task.rank),
    JAX_LOCAL_DEVICE_IDS: devices.ordinals.join(','),
  };
}
