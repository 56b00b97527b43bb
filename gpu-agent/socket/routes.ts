import type { IncomingMessage } from 'node:http';
import { LockstepError } from '#core/errors.ts';
import type { BarrierResult } from '#core/gang/barrier/result.ts';
import type { Calls } from '../services/calls.ts';
import type { CancellationService } from '../services/cancellation.ts';
import type { CheckpointService } from '../services/checkpoints.ts';
import type { ProgressService } from '../services/progress.ts';
import type { ResultService } from '../services/results.ts';
import type { ShardService } from '../services/shards.ts';
import type { BarrierAnswer, TaskDescription } from '../wire.ts';
import { FILE_BYTES_MAX, readBody, readFields } from './body.ts';
import { callSiteField, countField, fileName, filesField, metricsField, payloadField, timeoutField } from './fields.ts';

/** What the tasks of one attempt can ask for. */
export interface TaskServices {
  describe(rank: number): TaskDescription;
  readonly calls: Calls;
  readonly checkpoints: CheckpointService;
  readonly results: ResultService;
  readonly shards: ShardService;
  readonly progress: ProgressService;
  readonly cancellation: CancellationService;
}

/** One request, once it is known whose it is. `path` holds the groups of the route's pattern. */
interface TaskRequest {
  readonly rank: number;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly message: IncomingMessage;
}

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly pattern: RegExp;
  /** An object is answered as JSON, bytes as they are. */
  readonly handle: (request: TaskRequest, services: TaskServices) => Promise<object | Uint8Array>;
}

const WAIT_MS_MAX = 60_000;

const DONE = {};

export const ROUTES: readonly Route[] = [
  { method: 'GET', pattern: /^\/task$/, handle: async ({ rank }, { describe }) => describe(rank) },
  { method: 'POST', pattern: /^\/barrier$/, handle: (request, services) => meet(request, services, 'barrier') },
  { method: 'POST', pattern: /^\/allGather$/, handle: (request, services) => meet(request, services, 'allGather') },
  { method: 'GET', pattern: /^\/shards$/, handle: ({ rank }, { shards }) => shards.list(rank) },
  {
    method: 'GET',
    pattern: /^\/shards\/(\d{1,9})$/,
    handle: ({ rank, path }, { shards }) => shards.fetch(rank, Number(path[0])),
  },
  {
    method: 'GET',
    pattern: /^\/checkpoint$/,
    handle: async (_, { checkpoints }) => ({ latest: await checkpoints.latest() }),
  },
  {
    method: 'GET',
    pattern: /^\/checkpoint\/(\d{1,15})\/([^/]+)$/,
    handle: (request, { checkpoints }) => checkpoints.getFile(stepOf(request), fileName(request.path[1] ?? '')),
  },
  {
    method: 'PUT',
    pattern: /^\/checkpoint\/(\d{1,15})\/([^/]+)$/,
    async handle(request, { checkpoints }) {
      const name = fileName(request.path[1] ?? '');
      await checkpoints.putFile(stepOf(request), name, await readBody(request.message, FILE_BYTES_MAX));
      return DONE;
    },
  },
  {
    method: 'POST',
    pattern: /^\/checkpoint$/,
    async handle({ message }, { checkpoints }) {
      const body = await readFields(message);
      await checkpoints.commit(countField(body, 'step'), filesField(body));
      return DONE;
    },
  },
  {
    method: 'POST',
    pattern: /^\/progress$/,
    async handle({ rank, message }, { progress, describe }) {
      const body = await readFields(message);
      const [step, of] = [countField(body, 'step'), countField(body, 'of')];
      const report = { attempt: describe(rank).attempt, step, of, metrics: metricsField(body) };
      if (rank === 0) progress.report(report);
      return DONE;
    },
  },
  {
    method: 'PUT',
    pattern: /^\/result\/([^/]+)$/,
    async handle({ rank, path, message }, { results }) {
      onlyRank0(rank);
      await results.putFile(fileName(path[0] ?? ''), await readBody(message, FILE_BYTES_MAX));
      return DONE;
    },
  },
  {
    method: 'POST',
    pattern: /^\/result$/,
    async handle({ rank, message }, { results }) {
      onlyRank0(rank);
      const body = await readFields(message);
      await results.commit(metricsField(body), filesField(body));
      return DONE;
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

async function meet(
  { rank, message }: TaskRequest,
  { calls, describe }: TaskServices,
  kind: 'barrier' | 'allGather',
): Promise<BarrierAnswer> {
  const body = await readFields(message);
  const payload = kind === 'allGather' ? { payload: payloadField(body) } : {};
  const timeoutMs = timeoutField(body, describe(rank).barrierTimeoutMs);
  return answered(await calls.arrive({ rank, kind, callSite: callSiteField(body), ...payload }, timeoutMs));
}

function answered(result: BarrierResult): BarrierAnswer {
  if (!result.ok) throw new LockstepError(result.code, result.message);
  const { epoch, payloads } = result;
  return payloads === undefined ? { epoch } : { epoch, payloads };
}

const stepOf = (request: TaskRequest): number => Number(request.path[0]);

function onlyRank0(rank: number): void {
  if (rank !== 0) throw new LockstepError('LS_BAD_CALL', `rank ${rank} put a result: only rank 0 has one`);
}
