import type { IncomingMessage, ServerResponse } from 'node:http';
import { INSTANCE_TYPES } from '#core/resources/instance-types.ts';
import { readBody } from '../http/body.ts';
import { bill } from './bill.ts';
import type { FaultRule } from './faults.ts';
import type { Instance } from './instance.ts';
import type { Api } from './query/serve.ts';

/** Where the control API is, below the URL of the EC2 API. */
export const CONTROL_PATH = '/_fleet';

const NOTICE_MS = 120_000;
const SILENT_MS = 60_000;

/** Answers one request of the control API: JSON in, JSON out. docs/fleet.md describes it. */
export async function serveControl(request: IncomingMessage, reply: ServerResponse, api: Api): Promise<void> {
  const { status, body } = await answer(request, api).catch((error: unknown) => refusal(400, String(error)));
  reply.writeHead(status, { 'content-type': 'application/json' });
  reply.end(`${JSON.stringify(body)}\n`);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

type Options = Readonly<Record<string, unknown>>;

const OK: Answer = { status: 200, body: { ok: true } };
const refusal = (status: number, message: string): Answer => ({ status, body: { ok: false, message } });

async function answer(request: IncomingMessage, { world, faults }: Api): Promise<Answer> {
  const path = (request.url ?? '').slice(CONTROL_PATH.length);
  const text = (await readBody(request)).toString('utf8');
  const options: Options = text.trim() === '' ? {} : JSON.parse(text);
  const { lifecycle, pools } = world;
  switch (`${request.method} ${path}`) {
    case 'GET /instances':
      return { status: 200, body: [...lifecycle.instances.values()].map(describe) };
    case 'GET /bill':
      return { status: 200, body: bill(lifecycle.instances.values(), Date.now()) };
    case 'GET /capacity':
      return { status: 200, body: pools.capacity() };
    case 'POST /capacity':
      for (const [pool, hosts] of Object.entries(options)) pools.setCapacity(pool, Number(hosts));
      return OK;
    case 'POST /faults':
      faults.add(faultRule(options));
      return OK;
    case 'DELETE /faults':
      faults.clear();
      return OK;
  }
  const [, id = '', verb] = /^\/instances\/([^/]+)\/(crash|interrupt|rebalance)$/.exec(path) ?? [];
  if (request.method !== 'POST' || verb === undefined) return refusal(404, `there is no ${request.method} ${path}`);
  const instance = lifecycle.instances.get(id);
  if (instance === undefined) return refusal(404, `there is no instance ${id}`);
  if (instance.state === 'terminated') return refusal(409, `the instance ${id} is terminated`);
  if (verb === 'crash') await lifecycle.crash(instance, silence(options));
  if (verb === 'interrupt') lifecycle.interrupt(instance, Number(options.noticeMs ?? NOTICE_MS));
  if (verb === 'rebalance') lifecycle.rebalance(instance);
  return OK;
}

function silence(options: Options): number {
  return options.silent === true ? Number(options.silentMs ?? SILENT_MS) : 0;
}

function faultRule(options: Options): FaultRule {
  const { action, fault } = options as { action?: unknown; fault?: { kind?: unknown } };
  const kinds = ['error', 'lost-reply', 'slow', 'die', 'fail', 'short'];
  if (typeof action !== 'string' || !kinds.includes(String(fault?.kind))) {
    throw new Error(`expected { action, fault: { kind: ${kinds.join(' | ')} } }, got ${JSON.stringify(options)}`);
  }
  return options as unknown as FaultRule;
}

function describe(instance: Instance) {
  return {
    id: instance.id,
    state: instance.state,
    type: instance.type,
    zone: instance.zone,
    market: instance.market,
    pid: instance.pid ?? null,
    impaired: instance.impaired,
    reason: instance.reason?.message ?? null,
    tags: Object.fromEntries(instance.currentTags),
    accelerators: INSTANCE_TYPES.get(instance.type)?.accelerators ?? null,
    launchedAt: instance.launchedAt,
    endedAt: instance.endedAt ?? null,
  };
}
