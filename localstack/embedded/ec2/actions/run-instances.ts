import { fateOf } from '../faults.ts';
import { Ec2Error } from '../query/ec2-error.ts';
import { group, type Params, text } from '../query/params.ts';
import type { Action, Call, FleetWorld, LaunchOutcome } from '../world.ts';
import { instanceXml } from './instance-xml.ts';
import { instanceTags, launchSpec, refuseDryRun } from './launch-spec.ts';

/** RunInstances: at least MinCount in one zone or none, and as many as the pool can supply up to MaxCount. */
export const runInstances: Action = (call, world) => {
  const { id, instances } = world.tokens.once(call, () => launch(call, world));
  return {
    reservationId: id,
    ownerId: world.settings.account,
    groupSet: [],
    instancesSet: instances.map((instance) => instanceXml(instance)),
  };
};

function launch({ params, fault }: Call, world: FleetWorld): LaunchOutcome {
  const { minCount, maxCount } = counts(params);
  const spec = launchSpec(
    {
      template: group(params, 'LaunchTemplate'),
      type: text(params, 'InstanceType'),
      subnetId: text(params, 'SubnetId'),
      zone: text(params, 'Placement', 'AvailabilityZone'),
      market: text(params, 'InstanceMarketOptions', 'MarketType') === 'spot' ? 'spot' : 'on-demand',
      userData: text(params, 'UserData'),
      imageId: text(params, 'ImageId'),
      metadataTags: text(params, 'MetadataOptions', 'InstanceMetadataTags'),
      tags: instanceTags(params),
      clientToken: text(params, 'ClientToken'),
    },
    world,
  );
  refuseDryRun(params);
  world.pools.demand(spec, minCount);
  const count = Math.min(maxCount, world.pools.free(spec));
  const instances = world.lifecycle.launch(spec, count, fateOf(fault));
  return { id: instances[0]?.reservationId ?? '', instances, errors: [] };
}

function counts(params: Params): { readonly minCount: number; readonly maxCount: number } {
  const minCount = Number(text(params, 'MinCount'));
  const maxCount = Number(text(params, 'MaxCount'));
  const valid = Number.isInteger(minCount) && Number.isInteger(maxCount) && minCount >= 1 && maxCount >= minCount;
  if (!valid) {
    throw new Ec2Error('InvalidParameterValue', `Invalid MinCount ${minCount} and MaxCount ${maxCount}.`);
  }
  return { minCount, maxCount };
}
