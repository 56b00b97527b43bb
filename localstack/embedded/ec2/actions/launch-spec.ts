import type { LaunchSpec, PoolMarket } from '../instance.ts';
import { type LaunchTemplateData, versionOf } from '../places.ts';
import { Ec2Error } from '../query/ec2-error.ts';
import { flag, groups, type Params, text } from '../query/params.ts';
import type { FleetWorld } from '../world.ts';

/** What a request says about its instances, over what its launch template says. */
export interface Wanted {
  /** The structure with `LaunchTemplateId`, `LaunchTemplateName`, `Version`; empty if there is none. */
  readonly template: Params;
  readonly type: string | undefined;
  readonly subnetId: string | undefined;
  readonly zone: string | undefined;
  readonly market: PoolMarket;
  readonly userData?: string | undefined;
  readonly imageId?: string | undefined;
  readonly metadataTags?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly clientToken: string | undefined;
}

/** Resolves template, subnet and zone into what the instances are launched with. */
export function launchSpec(wanted: Wanted, world: FleetWorld): LaunchSpec {
  const id = text(wanted.template, 'LaunchTemplateId');
  const name = text(wanted.template, 'LaunchTemplateName');
  const template = id === undefined && name === undefined ? undefined : world.places.template({ id, name });
  const data = template === undefined ? {} : versionOf(template, text(wanted.template, 'Version'));
  const type = wanted.type ?? data.InstanceType;
  const imageId = wanted.imageId ?? data.ImageId;
  if (type === undefined) throw new Ec2Error('MissingParameter', 'The request must contain the parameter InstanceType');
  if (imageId === undefined) throw new Ec2Error('MissingParameter', 'The request must contain the parameter ImageId');
  return {
    type,
    imageId,
    zone: zoneOf(wanted, world),
    market: wanted.market,
    subnetId: wanted.subnetId,
    launchTemplateId: template?.id,
    userData: wanted.userData ?? data.UserData,
    metadataTags: (wanted.metadataTags ?? data.MetadataOptions?.InstanceMetadataTags) === 'enabled',
    tags: { ...templateTags(data), ...wanted.tags },
    clientToken: wanted.clientToken,
  };
}

/** Tags of the request that go to instances, as a record. */
export function instanceTags(params: Params): Readonly<Record<string, string>> {
  const specifications = groups(params, 'TagSpecification');
  const forInstances = specifications.filter((one) => text(one, 'ResourceType') === 'instance');
  return Object.fromEntries(
    forInstances.flatMap((one) => groups(one, 'Tag')).map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? '']),
  );
}

/** Throws what EC2 answers to a request that only asks whether it would be allowed. */
export function refuseDryRun(params: Params): void {
  if (flag(params, 'DryRun')) {
    throw new Ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  }
}

function zoneOf(wanted: Wanted, world: FleetWorld): string {
  const subnet = wanted.subnetId === undefined ? undefined : world.places.subnet(wanted.subnetId);
  if (subnet !== undefined && wanted.zone !== undefined && wanted.zone !== subnet.zone) {
    throw new Ec2Error('InvalidParameter', `The subnet ${subnet.id} is in ${subnet.zone}, not in ${wanted.zone}.`);
  }
  const zone = subnet?.zone ?? wanted.zone ?? world.settings.zones[0];
  if (zone === undefined || !world.settings.zones.includes(zone)) {
    throw new Ec2Error('InvalidParameterValue', `Invalid availability zone: [${zone}]`);
  }
  return zone;
}

function templateTags(data: LaunchTemplateData): Readonly<Record<string, string>> {
  const specifications = (data.TagSpecifications ?? []).filter((one) => one.ResourceType === 'instance');
  return Object.fromEntries(
    specifications.flatMap((one) => one.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']),
  );
}
