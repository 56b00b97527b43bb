import { hostNames } from './host-names.ts';
import type { Env, TaskPlace } from './place.ts';

/** Horovod's worker environment; `cross` counts hosts. */
export function horovodEnv(place: TaskPlace): Env {
  const { roster, task, hostIndex, worldSize, localWorldSize } = place;
  return {
    HOROVOD_RANK: String(task.rank),
    HOROVOD_SIZE: String(worldSize),
    HOROVOD_LOCAL_RANK: String(task.localRank),
    HOROVOD_LOCAL_SIZE: String(localWorldSize),
    HOROVOD_CROSS_RANK: String(hostIndex),
    HOROVOD_CROSS_SIZE: String(roster.hosts.length),
    HOROVOD_HOSTNAME: hostNames(roster)[hostIndex] ?? '',
    HOROVOD_CONTROLLER: 'gloo',
    HOROVOD_CPU_OPERATIONS: 'gloo',
  };
}
