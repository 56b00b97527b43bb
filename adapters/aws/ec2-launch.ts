import { type EC2Client, RunInstancesCommand, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { isAlive } from '#core/fleet/holdings.ts';
import { failureOfEnd } from '#core/fleet/host-end.ts';
import type { Host, LaunchRequest, LaunchResult } from '#core/fleet/records.ts';
import { TAGS } from '#core/names.ts';
import { findHosts, hostOf } from './ec2-hosts.ts';
import { refusalOf } from './ec2-refusal.ts';

/** What a launch needs beside its request. */
export interface LaunchSite {
  /** Id of the template with image, profile, security group, user data and metadata options. */
  readonly launchTemplate: string;
  /** Zone → subnet id. */
  readonly subnets: ReadonlyMap<string, string>;
}

export interface Ec2FleetOptions {
  /** Describes and terminates; may repeat what failed. */
  readonly client: EC2Client;
  /** Launches; must not repeat anything by itself. */
  readonly launcher: EC2Client;
  /** Marks every instance; nothing without the mark is ever listed. */
  readonly deployment: string;
  /** Asked for only by launches: what describes and terminates need not know it. */
  readonly site: () => LaunchSite;
}

/** Launches all of the hosts, or says why there are none. */
export async function launchHosts(request: LaunchRequest, options: Ec2FleetOptions): Promise<LaunchResult> {
  const { launchTemplate, subnets } = options.site();
  const subnet = subnets.get(request.zone);
  if (subnet === undefined) return misconfigured('ZoneWithoutSubnet', `no subnet is set for ${request.zone}`);
  if (request.market === 'capacity-block' || request.market === 'reservation') {
    return misconfigured('MarketNotOffered', `the market ${request.market} is not offered by this release`);
  }
  try {
    const reply = await options.launcher.send(
      new RunInstancesCommand(inputOf(request, { launchTemplate, subnet, deployment: options.deployment })),
    );
    return await verified((reply.Instances ?? []).map(hostOf), request, options);
  } catch (error) {
    return refusalOf(error);
  }
}

interface Placement {
  readonly launchTemplate: string;
  readonly subnet: string;
  readonly deployment: string;
}

function inputOf(request: LaunchRequest, { launchTemplate, subnet, deployment }: Placement): RunInstancesCommandInput {
  const tags = {
    [TAGS.deployment]: deployment,
    [TAGS.run]: request.runId,
    [TAGS.attempt]: String(request.attempt),
    [TAGS.round]: String(request.round),
    [TAGS.expires]: String(request.expiresAtS),
  };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    LaunchTemplate: { LaunchTemplateId: launchTemplate, Version: '$Latest' },
    InstanceType: request.instanceType as NonNullable<RunInstancesCommandInput['InstanceType']>,
    SubnetId: subnet,
    MinCount: request.count,
    MaxCount: request.count,
    ClientToken: request.clientToken,
    TagSpecifications: [
      { ResourceType: 'instance', Tags },
      { ResourceType: 'volume', Tags },
    ],
    ...(request.market === 'spot' && {
      InstanceMarketOptions: {
        MarketType: 'spot',
        SpotOptions: { SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'terminate' },
      },
    }),
  };
}

/**
 * A launch counts only if every host of it is there and none has died already, which an old token could return. What
 * there is of one that does not count is left to whoever asked, who knows whether a gang has formed with it meanwhile.
 */
async function verified(
  hosts: readonly Host[],
  request: LaunchRequest,
  { client }: Ec2FleetOptions,
): Promise<LaunchResult> {
  const ids = hosts.map(({ instanceId }) => instanceId);
  const found = new Map((await findHosts(client, ids)).map((host) => [host.instanceId, host]));
  // One that is not known yet is believed to the launch's reply.
  const alive = hosts.filter((host) => isAlive(found.get(host.instanceId) ?? host));
  if (alive.length === request.count) return { ok: true, hosts };
  const reasons = [...new Set([...found.values()].flatMap(({ reason }) => reason ?? []))];
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`;
  // One key that cannot be used is no shortage: the next zone would not have it either.
  const failures = [...found.values()].flatMap(({ reasonCode }) => reasonCode ?? []).map(failureOfEnd);
  const failure = failures.find((each) => each !== 'capacity') ?? 'capacity';
  const message = `${alive.length} of ${request.count} hosts came to life, and so none is kept${why}`;
  return { ok: false, failure, code: 'ShortLaunch', message, left: alive };
}

const misconfigured = (code: string, message: string): LaunchResult => ({
  ok: false,
  failure: 'config',
  code,
  message,
});
