import type { Env, TaskPlace } from './place.ts';

/** torchrun's worker environment (torch.distributed.elastic): there is one role, so role rank is rank. */
export function torchrunEnv({ roster, task, hostIndex, worldSize, localWorldSize, maxRestarts }: TaskPlace): Env {
  return {
    RANK: String(task.rank),
    LOCAL_RANK: String(task.localRank),
    WORLD_SIZE: String(worldSize),
    LOCAL_WORLD_SIZE: String(localWorldSize),
    GROUP_RANK: String(hostIndex),
    GROUP_WORLD_SIZE: String(roster.hosts.length),
    NODE_RANK: String(hostIndex),
    ROLE_NAME: 'default',
    ROLE_RANK: String(task.rank),
    ROLE_WORLD_SIZE: String(worldSize),
    MASTER_ADDR: roster.masterAddress,
    MASTER_PORT: String(roster.masterPort),
    TORCHELASTIC_RESTART_COUNT: String(roster.attempt),
    TORCHELASTIC_MAX_RESTARTS: String(maxRestarts),
    TORCHELASTIC_RUN_ID: roster.runId,
    // No agent holds a store here: rank 0 opens it at MASTER_PORT.
    TORCHELASTIC_USE_AGENT_STORE: 'False',
    TORCH_NCCL_ASYNC_ERROR_HANDLING: '1',
    OMP_NUM_THREADS: '1',
  };
}

/**
 * The options of torchrun itself, for a task that runs it once a host: `torchrun train.py` with nothing else joins the
 * gang, by static rendezvous, and with `--rdzv-backend c10d` by that. Absent where the task is the program, so that a
 * torchrun which a program starts for itself is not drawn into the gang.
 */
export function torchrunCommandEnv({ roster, hostIndex, processes }: TaskPlace): Env {
  if (processes === undefined) return {};
  return {
    PET_NNODES: String(roster.hosts.length),
    PET_NODE_RANK: String(hostIndex),
    PET_NPROC_PER_NODE: String(processes),
    PET_MASTER_ADDR: roster.masterAddress,
    PET_MASTER_PORT: String(roster.masterPort),
    PET_RDZV_ENDPOINT: `${roster.masterAddress}:${roster.masterPort}`,
    PET_RDZV_ID: `${roster.runId}-${roster.attempt}`,
  };
}
