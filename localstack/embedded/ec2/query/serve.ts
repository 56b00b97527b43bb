import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { readBody } from '../../http/body.ts';
import { createFleet } from '../actions/create-fleet.ts';
import { createTags } from '../actions/create-tags.ts';
import { describeInstanceStatus, describeInstances } from '../actions/describe-instances.ts';
import {
  createLaunchTemplate,
  describeAvailabilityZones,
  describeInstanceTypeOfferings,
  describeLaunchTemplateVersions,
  describeSubnets,
} from '../actions/places.ts';
import { runInstances } from '../actions/run-instances.ts';
import { terminateInstances } from '../actions/terminate-instances.ts';
import type { Faults } from '../faults.ts';
import type { Action, FleetWorld } from '../world.ts';
import { Ec2Error } from './ec2-error.ts';
import { type Params, parseForm, text } from './params.ts';
import { errorResponse, response } from './xml.ts';

const ACTIONS: Readonly<Record<string, Action>> = {
  CreateFleet: createFleet,
  CreateLaunchTemplate: createLaunchTemplate,
  CreateTags: createTags,
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeInstanceStatus: describeInstanceStatus,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeInstances: describeInstances,
  DescribeLaunchTemplateVersions: describeLaunchTemplateVersions,
  DescribeSubnets: describeSubnets,
  RunInstances: runInstances,
  TerminateInstances: terminateInstances,
};

export interface Api {
  readonly world: FleetWorld;
  readonly faults: Faults;
}

/** Answers one request of the EC2 Query protocol, faults included. */
export async function serveQuery(request: IncomingMessage, reply: ServerResponse, api: Api): Promise<void> {
  const requestId = randomUUID();
  try {
    const params = parseForm((await readBody(request)).toString('utf8'));
    const answer = await perform(params, requestId, api);
    if (answer === undefined) request.socket.destroy();
    else send(reply, 200, answer);
  } catch (error) {
    const refusal = error instanceof Ec2Error ? error : new Ec2Error('InternalError', String(error), 500);
    send(reply, refusal.status, errorResponse(refusal.code, refusal.message, requestId));
  }
}

/** The answer as XML; undefined if it was carried out but nobody is to learn of it. */
async function perform(params: Params, requestId: string, { world, faults }: Api): Promise<string | undefined> {
  const name = text(params, 'Action') ?? '';
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) throw new Ec2Error('InvalidAction', `The action ${name} is not valid for this endpoint.`);
  const fault = faults.strike(name);
  if (fault?.kind === 'error') {
    throw new Ec2Error(fault.code, fault.message ?? `A fault that was set up: ${fault.code}`, fault.status);
  }
  if (fault?.kind === 'slow') await delay(fault.delayMs);
  const body = action({ action: name, params, fault }, world);
  return fault?.kind === 'lost-reply' ? undefined : response(name, requestId, body);
}

function send(reply: ServerResponse, status: number, body: string): void {
  reply.writeHead(status, { 'content-type': 'text/xml;charset=UTF-8' });
  reply.end(body);
}
