import { STACK } from './deploy.ts';
import { elements, queryCall } from './query-call.ts';

/** Resource of the deployed stack: what the emulator calls it. */
export interface StackResource {
  readonly type: string;
  readonly physicalId: string;
}

/** Logical id → resource, of everything that the stack deployed. */
export async function stackResources(url: string): Promise<ReadonlyMap<string, StackResource>> {
  const xml = await queryCall(url, 'cloudformation', { Action: 'DescribeStackResources', StackName: STACK });
  const members = xml.split(/<StackResources>|<\/StackResources>/)[1]?.split('</member>') ?? [];
  const resources = members.flatMap((member) => {
    const [logicalId] = elements(member, 'LogicalResourceId');
    const [type = ''] = elements(member, 'ResourceType');
    const [physicalId = ''] = elements(member, 'PhysicalResourceId');
    return logicalId === undefined ? [] : [[logicalId, { type, physicalId }] as const];
  });
  return new Map(resources);
}
