import { LockstepError } from '#core/errors.ts';
import { gatherRefusal } from '#core/gang/barrier/gather-time.ts';
import { metricsOf } from '#core/training/metrics.ts';
import type { BarrierAnswer, MetricsAnswer } from '../wire.ts';
import { answered } from './answered.ts';
import { fileBody, readFields } from './body.ts';
import { CHECKPOINT_ROUTES } from './checkpoint-routes.ts';
import { callSiteField, countField, fileName, filesField, payloadField, timeoutField } from './fields.ts';
import type { Route, TaskRequest, TaskServices } from './route.ts';

const WAIT_MS_MAX = 60_000;

const DONE = {};

export const ROUTES: readonly Route[] = [
  { method: 'GET', pattern: /^\/task$/, handle: async ({ rank }, { describe }) => describe(rank) },
  { method: 'POST', pattern: /^\/barrier$/, handle: (request, services) => arrive(request, services, 'barrier') },
  { method: 'POST', pattern: /^\/allGather$/, handle: (request, services) => arrive(request, services, 'allGather') },
  { method: 'GET', pattern: /^\/shards$/, handle: ({ rank }, { shards }) => shards.list(rank) },
  {
    method: 'GET',
    pattern: /^\/shards\/(\d{1,9})$/,
    handle: ({ rank, path }, { shards }) => shards.fetch(rank, Number(path[0])),
  },
  ...CHECKPOINT_ROUTES,
  {
    method: 'POST',
    pattern: /^\/progress$/,
    async handle({ rank, message }, { progress, steps, describe, speaks }) {
      const body = await readFields(message);
      const [step, of] = [countField(body, 'step'), countField(body, 'of')];
      const { metrics, ignored } = metricsOf(body.metrics ?? {});
      steps.note(rank, step);
      if (speaks(rank)) progress.report({ attempt: describe(rank).attempt, step, of, metrics });
      return { ignored } satisfies MetricsAnswer;
    },
  },
  {
    method: 'PUT',
    pattern: /^\/result\/(.+)$/,
    async handle({ rank, path, message }, { results, speaks }) {
      onlySpeakers(rank, speaks);
      await results.putFile(fileName(path[0] ?? ''), fileBody(message));
      return DONE;
    },
  },
  {
    method: 'POST',
    pattern: /^\/result$/,
    async handle({ rank, message }, { results, speaks }) {
      onlySpeakers(rank, speaks);
      const body = await readFields(message);
      const { metrics, ignored } = metricsOf(body.metrics ?? {});
      await results.commit(metrics, filesField(body));
      return { ignored } satisfies MetricsAnswer;
    },
  },
  {
    method: 'GET',
    pattern: /^\/cancelled$/,
    handle({ query }, { cancellation }) {
      const waitMs = Math.min(Number(query.get('waitMs') ?? 0) || 0, WAIT_MS_MAX);
      return cancellation.wait(waitMs, query.get('checkpointRequested') === 'true');
    },
  },
];

async function arrive(
  { rank, message }: TaskRequest,
  { calls, describe, steps }: TaskServices,
  kind: 'barrier' | 'allGather',
): Promise<BarrierAnswer> {
  const body = await readFields(message);
  const payload: { readonly payload?: string } = kind === 'allGather' ? { payload: payloadField(body) } : {};
  const { barrierTimeoutMs, taskInfos, worldSize } = describe(rank);
  const timeoutMs = timeoutField(body, barrierTimeoutMs);
  if (payload.payload !== undefined) {
    const hosts = new Set(taskInfos.map(({ instanceId }) => instanceId)).size;
    const payloadBytes = Buffer.byteLength(payload.payload);
    const refusal = gatherRefusal({ hosts, worldSize, payloadBytes }, timeoutMs);
    if (refusal !== undefined) throw new LockstepError('LS_BAD_CALL', `allGather: ${refusal}`);
  }
  const arrival = { rank, kind, callSite: callSiteField(body), ...payload };
  return answered(await steps.whileWaiting(rank, calls.arrive(arrival, timeoutMs)));
}

function onlySpeakers(rank: number, speaks: TaskServices['speaks']): void {
  if (!speaks(rank)) throw new LockstepError('LS_BAD_CALL', `rank ${rank} put a result: only rank 0 has one`);
}
