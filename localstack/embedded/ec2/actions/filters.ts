import type { Instance } from '../instance.ts';
import { Ec2Error } from '../query/ec2-error.ts';
import { groups, type Params, text, texts } from '../query/params.ts';

/** True for instances that fit every filter of the request; a filter fits if one of its values does. */
export function instanceFilter(params: Params): (instance: Instance) => boolean {
  const filters = groups(params, 'Filter').map((filter) => {
    const name = text(filter, 'Name') ?? '';
    const patterns = texts(filter, 'Value').map(pattern);
    const valuesOf = reader(name);
    return (instance: Instance) => valuesOf(instance).some((value) => patterns.some((one) => one.test(value)));
  });
  return (instance) => filters.every((fits) => fits(instance));
}

function reader(name: string): (instance: Instance) => readonly string[] {
  const tag = /^tag:(.+)$/.exec(name)?.[1];
  if (tag !== undefined) {
    return (instance) => [instance.currentTags.get(tag)].filter((value) => value !== undefined);
  }
  const read = READERS[name];
  if (read === undefined) throw new Ec2Error('InvalidParameterValue', `The filter '${name}' is invalid`);
  return read;
}

const READERS: Readonly<Record<string, (instance: Instance) => readonly string[]>> = {
  'availability-zone': ({ zone }) => [zone],
  'client-token': ({ clientToken }) => (clientToken === undefined ? [] : [clientToken]),
  'instance-id': ({ id }) => [id],
  'instance-lifecycle': ({ market }) => (market === 'spot' ? ['spot'] : []),
  'instance-state-name': ({ state }) => [state],
  'instance-type': ({ type }) => [type],
  'subnet-id': ({ subnetId }) => (subnetId === undefined ? [] : [subnetId]),
  'tag-key': ({ currentTags }) => [...currentTags.keys()],
};

/** EC2's wildcards: `*` for any text, `?` for one character. */
function pattern(value: string): RegExp {
  const escaped = value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's');
}
