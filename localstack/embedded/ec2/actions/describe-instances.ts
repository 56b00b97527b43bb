import { flag } from '../query/params.ts';
import type { Action } from '../world.ts';
import { instanceFilter } from './filters.ts';
import { instanceXml, stateXml } from './instance-xml.ts';
import { named, page, visible } from './visible.ts';

/** DescribeInstances, one reservation a launch. */
export const describeInstances: Action = ({ params }, world) => {
  const matching = named(params, visible(world)).filter(instanceFilter(params));
  const { items, nextToken } = page(params, matching);
  const reservations = Map.groupBy(items, (instance) => instance.reservationId);
  return {
    reservationSet: [...reservations].map(([reservationId, instances]) => ({
      reservationId,
      ownerId: world.settings.account,
      groupSet: [],
      instancesSet: instances.map((instance) => instanceXml(instance)),
    })),
    nextToken,
  };
};

/** DescribeInstanceStatus: running instances only, unless all are asked for; a dead kernel is `impaired`. */
export const describeInstanceStatus: Action = ({ params }, world) => {
  const all = flag(params, 'IncludeAllInstances');
  const matching = named(params, visible(world)).filter((one) => all || one.state === 'running');
  const { items, nextToken } = page(params, matching.filter(instanceFilter(params)));
  return {
    instanceStatusSet: items.map((instance) => ({
      instanceId: instance.id,
      availabilityZone: instance.zone,
      instanceState: stateXml(instance),
      systemStatus: { status: instance.state === 'running' ? 'ok' : 'not-applicable' },
      instanceStatus: { status: health(instance) },
    })),
    nextToken,
  };
};

function health({ state, impaired }: { readonly state: string; readonly impaired: boolean }): string {
  if (state !== 'running') return 'not-applicable';
  return impaired ? 'impaired' : 'ok';
}
