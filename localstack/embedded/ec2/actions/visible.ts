import type { Instance } from '../instance.ts';
import { Ec2Error } from '../query/ec2-error.ts';
import { type Params, text, texts } from '../query/params.ts';
import type { FleetWorld } from '../world.ts';

/** Terminated instances can be described for about an hour. */
const REMEMBERED_MS = 3_600_000;

/** Instances that Describe knows at this moment: new ones only after the lag, ended ones for an hour. */
export function visible({ lifecycle, settings }: FleetWorld): readonly Instance[] {
  const now = Date.now();
  const appeared = (one: Instance) => now - one.launchedAt >= settings.describeLagMs;
  const remembered = (one: Instance) => one.endedAt === undefined || now - one.endedAt < REMEMBERED_MS;
  return [...lifecycle.instances.values()].filter((one) => appeared(one) && remembered(one));
}

/** The instances that the request names, all visible ones if it names none. One unknown id refuses the whole call. */
export function named(params: Params, instances: readonly Instance[]): readonly Instance[] {
  const ids = texts(params, 'InstanceId');
  if (ids.length === 0) return instances;
  const known = new Map(instances.map((one) => [one.id, one]));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length === 0) return [...new Set(ids)].map((id) => known.get(id) as Instance);
  const text = missing.length === 1 ? `ID '${missing[0]}' does` : `IDs '${missing.join(', ')}' do`;
  throw new Ec2Error('InvalidInstanceID.NotFound', `The instance ${text} not exist`);
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

/** Cuts out the page that MaxResults and NextToken ask for. */
export function page<Item>(params: Params, items: readonly Item[]): Page<Item> {
  const size = text(params, 'MaxResults');
  if (size === undefined) return { items, nextToken: undefined };
  if (texts(params, 'InstanceId').length > 0) {
    throw new Ec2Error(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  }
  const start = Number(Buffer.from(text(params, 'NextToken') ?? '', 'base64').toString() || '0');
  const end = start + Number(size);
  const nextToken = end < items.length ? Buffer.from(String(end)).toString('base64') : undefined;
  return { items: items.slice(start, end), nextToken };
}
