/** The ports of functions that launch, see or terminate hosts. Apart, because the EC2 client is larger than all others. */
import * as clients from '#adapters/aws/ec2-clients.ts';
import { ec2Fleet, parseSubnets } from '#adapters/aws/ec2-fleet.ts';
import type { Fleet } from '#core/fleet/ports.ts';
import { ENV } from '#core/names.ts';
import { once, required, withPorts } from './object-runtime.ts';
import { runtime } from './runtime.ts';

const subnets = once(() => parseSubnets(required(ENV.subnets)));
const fleet = once(() =>
  ec2Fleet({
    client: clients.ec2(),
    launcher: clients.ec2Launch(),
    deployment: required(ENV.deployment),
    site: () => ({ launchTemplate: required(ENV.launchTemplate), subnets: subnets() }),
  }),
);

const fleetPorts = {
  get fleet(): Fleet {
    return fleet();
  },
  /** Zones that hosts can be launched in. */
  get zones(): readonly string[] {
    return [...subnets().keys()];
  },
};

/** Every port. */
export const fleetRuntime = withPorts(runtime, fleetPorts);
