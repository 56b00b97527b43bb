import { INSTANCE_TYPES } from '#core/resources/instance-types.ts';
import { newId } from '../instance.ts';
import { versionOf } from '../places.ts';
import { Ec2Error } from '../query/ec2-error.ts';
import { group, groups, text, texts } from '../query/params.ts';
import type { Action } from '../world.ts';

export const describeAvailabilityZones: Action = (_call, { settings }) => ({
  availabilityZoneInfo: settings.zones.map((zoneName) => ({
    zoneName,
    zoneState: 'available',
    regionName: settings.region,
    zoneType: 'availability-zone',
  })),
});

export const describeSubnets: Action = ({ params }, { places, settings }) => {
  const ids = texts(params, 'SubnetId');
  const subnets = ids.length > 0 ? ids.map((id) => places.subnet(id)) : places.subnets();
  return {
    subnetSet: subnets.map(({ id, zone }) => ({
      subnetId: id,
      availabilityZone: zone,
      state: 'available',
      ownerId: settings.account,
    })),
  };
};

/** Offerings by zone, the only kind that is emulated, of the types that a filter may name. */
export const describeInstanceTypeOfferings: Action = ({ params }, { pools, settings }) => {
  if (text(params, 'LocationType') !== 'availability-zone') {
    throw new Ec2Error('InvalidParameterValue', 'Only the location type availability-zone is emulated.');
  }
  const allowed = new Map(groups(params, 'Filter').map((one) => [text(one, 'Name'), texts(one, 'Value')]));
  const fits = (name: string, value: string) => allowed.get(name)?.includes(value) ?? true;
  const offerings = [...INSTANCE_TYPES.keys()].flatMap((instanceType) =>
    settings.zones
      .filter((zone) => pools.offered(instanceType, zone))
      .map((location) => ({ instanceType, locationType: 'availability-zone', location })),
  );
  return {
    instanceTypeOfferingSet: offerings.filter(
      ({ instanceType, location }) => fits('instance-type', instanceType) && fits('location', location),
    ),
  };
};

export const createLaunchTemplate: Action = ({ params }, { places }) => {
  const data = group(params, 'LaunchTemplateData');
  const id = newId('lt');
  const name = text(params, 'LaunchTemplateName') ?? id;
  const metadataTags = text(data, 'MetadataOptions', 'InstanceMetadataTags');
  const version = {
    ...optional('ImageId', text(data, 'ImageId')),
    ...optional('InstanceType', text(data, 'InstanceType')),
    ...optional('UserData', text(data, 'UserData')),
    ...(metadataTags === undefined ? {} : { MetadataOptions: { InstanceMetadataTags: metadataTags } }),
  };
  places.putTemplate({ id, name, versions: [version] });
  return { launchTemplate: { launchTemplateId: id, launchTemplateName: name, defaultVersionNumber: 1 } };
};

export const describeLaunchTemplateVersions: Action = ({ params }, { places }) => {
  const template = places.template({
    id: text(params, 'LaunchTemplateId'),
    name: text(params, 'LaunchTemplateName'),
  });
  const asked = texts(params, 'LaunchTemplateVersion');
  const versions = asked.length > 0 ? asked : template.versions.map((_, index) => String(index + 1));
  return {
    launchTemplateVersionSet: versions.map((version) => {
      const data = versionOf(template, version);
      return {
        launchTemplateId: template.id,
        launchTemplateName: template.name,
        versionNumber: template.versions.indexOf(data) + 1,
        launchTemplateData: { imageId: data.ImageId, instanceType: data.InstanceType, userData: data.UserData },
      };
    }),
  };
};

function optional<Name extends string>(name: Name, value: string | undefined): { readonly [N in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]?: string });
}
