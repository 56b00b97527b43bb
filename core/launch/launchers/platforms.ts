import { hostNames } from './host-names.ts';
import type { Env, TaskPlace } from './place.ts';

/** SageMaker Training's variables of the cluster. Its folders are not imitated: results go through the socket. */
export function sageMakerEnv({ roster, host, hostIndex }: TaskPlace): Env {
  const hosts = hostNames(roster);
  const current = hosts[hostIndex] ?? '';
  return {
    SM_HOSTS: JSON.stringify(hosts),
    SM_CURRENT_HOST: current,
    SM_NUM_GPUS: String(acceleratorsOf(host)),
    SM_RESOURCE_CONFIG: JSON.stringify({ current_host: current, hosts }),
  };
}

/** SkyPilot's variables; addresses are one a line, in the order of node ranks. */
export function skyPilotEnv({ roster, host, hostIndex }: TaskPlace): Env {
  return {
    SKYPILOT_NODE_RANK: String(hostIndex),
    SKYPILOT_NODE_IPS: roster.hosts.map((one) => one.address).join('\n'),
    SKYPILOT_NUM_NODES: String(roster.hosts.length),
    SKYPILOT_NUM_GPUS_PER_NODE: String(acceleratorsOf(host)),
    SKYPILOT_TASK_ID: roster.runId,
  };
}

const acceleratorsOf = (host: TaskPlace['host']): number =>
  new Set(host.tasks.flatMap((task) => task.accelerators)).size;
