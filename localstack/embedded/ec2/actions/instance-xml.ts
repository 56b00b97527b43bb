import { type Instance, STATE_CODES } from '../instance.ts';
import type { Xml } from '../query/xml.ts';

/** An instance in the words of DescribeInstances. */
export function instanceXml(instance: Instance): Xml {
  return {
    instanceId: instance.id,
    imageId: instance.imageId,
    instanceState: stateXml(instance),
    privateDnsName: instance.state === 'terminated' ? '' : 'localhost',
    privateIpAddress: instance.state === 'terminated' ? undefined : '127.0.0.1',
    reason: instance.reason?.message ?? '',
    stateReason: instance.reason === undefined ? undefined : { ...instance.reason },
    amiLaunchIndex: 0,
    instanceType: instance.type,
    launchTime: new Date(instance.launchedAt).toISOString(),
    placement: { availabilityZone: instance.zone, groupName: '', tenancy: 'default' },
    monitoring: { state: 'disabled' },
    subnetId: instance.subnetId,
    clientToken: instance.clientToken ?? '',
    instanceLifecycle: instance.market === 'spot' ? 'spot' : undefined,
    tagSet: [...instance.currentTags].map(([key, value]) => ({ key, value })),
    metadataOptions: {
      state: 'applied',
      httpTokens: 'required',
      httpEndpoint: 'enabled',
      instanceMetadataTags: instance.metadataTags ? 'enabled' : 'disabled',
    },
  };
}

export function stateXml({ state }: Pick<Instance, 'state'>): Xml {
  return { code: STATE_CODES[state], name: state };
}
