import { DescribeInstancesCommand, type EC2Client, type Filter, type Instance } from '@aws-sdk/client-ec2';
import { explainEnd } from '#core/fleet/host-end.ts';
import type { Host } from '#core/fleet/records.ts';
import { TAGS } from '#core/names.ts';

/** Values that one filter may have. */
const VALUES_MAX = 200;

/** Every instance that fits all of the filters. */
export async function describeHosts(client: EC2Client, filters: readonly Filter[]): Promise<readonly Host[]> {
  const hosts: Host[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new DescribeInstancesCommand({ Filters: [...filters], MaxResults: 1000, ...(token && { NextToken: token }) }),
    );
    const instances = (page.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
    hosts.push(...instances.map(hostOf));
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return hosts;
}

/**
 * These instances, without those that EC2 does not know. Asked by filter and not by id, because one id that is too new
 * to be known would refuse the whole question.
 */
export async function findHosts(client: EC2Client, instanceIds: readonly string[]): Promise<readonly Host[]> {
  const hosts: Host[] = [];
  for (let start = 0; start < instanceIds.length; start += VALUES_MAX) {
    const ids = instanceIds.slice(start, start + VALUES_MAX);
    hosts.push(...(await describeHosts(client, [{ Name: 'instance-id', Values: ids }])));
  }
  return hosts;
}

/** An instance in the words of the domain. */
export function hostOf(instance: Instance): Host {
  const tag = (name: string) => instance.Tags?.find(({ Key }) => Key === name)?.Value;
  const attempt = tag(TAGS.attempt);
  return {
    instanceId: instance.InstanceId ?? '',
    instanceType: instance.InstanceType ?? '',
    zone: instance.Placement?.AvailabilityZone ?? '',
    market: instance.InstanceLifecycle ?? 'on-demand',
    state: instance.State?.Name ?? 'pending',
    runId: tag(TAGS.run),
    attempt: attempt === undefined ? undefined : Number(attempt),
    launchedAt: instance.LaunchTime?.getTime() ?? 0,
    ...reasonOf(instance),
  };
}

/** Somebody has called TerminateInstances. */
const ASKED_FOR = 'Client.UserInitiatedShutdown';

/** EC2 says it twice, with a code where it can; of one that runs it may still say what it said of its last stop. */
function reasonOf({ State, StateReason, StateTransitionReason }: Instance): Pick<Host, 'reason' | 'reasonCode'> {
  const code = StateReason?.Code;
  if (State?.Name === 'pending' || State?.Name === 'running' || code === ASKED_FOR) return {};
  const words = StateReason?.Message || StateTransitionReason;
  if (!words) return {};
  return { reason: explainEnd(code, words), ...(code && { reasonCode: code }) };
}
