import type { CheckpointFileAnswer } from '../wire.ts';
import { answered } from './answered.ts';
import { fileBody, readFields } from './body.ts';
import { countField, fileName, filesField, flagField, timeoutField } from './fields.ts';
import { FileAnswer, type Route, type TaskRequest, type TaskServices } from './route.ts';

const FILE = /^\/checkpoint\/(\d{1,15})\/(.+)$/;

/** Saving and reading checkpoints; see wire.ts for the calls. */
export const CHECKPOINT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    pattern: /^\/checkpoint$/,
    handle: async ({ query }, { checkpoints }) => ({
      latest: await checkpoints.latest(query.get('newest') === 'true'),
    }),
  },
  {
    method: 'GET',
    pattern: FILE,
    async handle({ path, query }, { checkpoints }) {
      const file = await checkpoints.file(Number(path[0]), fileName(path[1] ?? ''));
      return query.get('path') === 'true' ? (file satisfies CheckpointFileAnswer) : new FileAnswer(file);
    },
  },
  {
    method: 'PUT',
    pattern: FILE,
    async handle({ rank, path, message }, { checkpoints }) {
      await checkpoints.putFile({ rank, step: Number(path[0]) }, fileName(path[1] ?? ''), fileBody(message));
      return {};
    },
  },
  {
    method: 'POST',
    pattern: /^\/checkpoint$/,
    async handle(request, services) {
      const body = await readFields(request.message);
      const at = { rank: request.rank, step: countField(body, 'step') };
      const names = filesField(body);
      if (!flagField(body, 'shared')) await services.checkpoints.commit(at, names);
      else await services.checkpoints.commitShared(at, names, meetingOf(request, services, body));
      return {};
    },
  },
];

/** Lets the ranks of a shared checkpoint exchange their words, as an allGather of the program itself would. */
function meetingOf({ rank }: TaskRequest, { calls, describe }: TaskServices, body: Record<string, unknown>) {
  const timeoutMs = timeoutField(body, describe(rank).barrierTimeoutMs);
  return async (payload: string): Promise<readonly string[]> => {
    const arrival = { rank, kind: 'allGather', callSite: 'checkpoint', payload } as const;
    return answered(await calls.arrive(arrival, timeoutMs)).payloads ?? [];
  };
}
