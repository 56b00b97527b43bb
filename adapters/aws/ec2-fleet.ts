import type { Fleet } from '#core/fleet/ports.ts';
import { TAGS } from '#core/names.ts';
import { describeHosts, findHosts } from './ec2-hosts.ts';
import { type Ec2FleetOptions, launchHosts } from './ec2-launch.ts';
import { terminateHosts } from './ec2-terminate.ts';

const NOT_TERMINATED = {
  Name: 'instance-state-name',
  Values: ['pending', 'running', 'shutting-down', 'stopping', 'stopped'],
};

/**
 * Hosts from EC2. A gang is equal hosts of one type in one zone, which RunInstances with MinCount = MaxCount launches
 * all or not at all; everything that does not vary from launch to launch is in the template.
 */
export function ec2Fleet(options: Ec2FleetOptions): Fleet {
  const { client, deployment } = options;
  const ofDeployment = { Name: `tag:${TAGS.deployment}`, Values: [deployment] };
  return {
    launch: (request) => launchHosts(request, options),
    list({ runId }) {
      const ofRun = runId === undefined ? [] : [{ Name: `tag:${TAGS.run}`, Values: [runId] }];
      return describeHosts(client, [ofDeployment, ...ofRun, NOT_TERMINATED]);
    },
    terminate: (instanceIds) => terminateHosts(client, instanceIds),
    async remaining(instanceIds) {
      const found = await findHosts(client, instanceIds);
      const terminated = new Set(found.filter(({ state }) => state === 'terminated').map((host) => host.instanceId));
      return instanceIds.filter((instanceId) => !terminated.has(instanceId));
    },
    find: (instanceIds) => findHosts(client, instanceIds),
  };
}

/** Reads `<zone>=<subnet id>,…`, the form of the environment variable that the stack sets. */
export function parseSubnets(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((pair) => {
      const [zone, subnet, ...rest] = pair.split('=');
      if (!zone || !subnet || rest.length > 0) throw new Error(`expected <zone>=<subnet id>, got "${pair}"`);
      return [zone, subnet];
    }),
  );
}
