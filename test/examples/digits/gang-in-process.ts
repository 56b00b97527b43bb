import type { Checkpoint, TaskContext } from 'lockstep/task';

export type Member = Pick<
  TaskContext,
  'rank' | 'allReduce' | 'allGather' | 'checkpoint' | 'checkpointRequested' | 'progress'
>;

export interface Gang {
  readonly members: readonly Member[];
  /** What rank 0 saved, oldest first. */
  readonly saved: readonly Checkpoint[];
}

/** Ranks of one process that meet as the tasks of a gang do. `latest` is what they find as the last checkpoint. */
export function gangInProcess(worldSize: number, latest?: Checkpoint): Gang {
  const saved: Checkpoint[] = [];
  const meeting = meetingPoint(worldSize);
  const members = Array.from(
    { length: worldSize },
    (_, rank): Member => ({
      rank,
      checkpointRequested: false,
      allGather: async (message) => (await meeting(rank, message)) as string[],
      allReduce: async (values, op = 'sum') => {
        const all = (await meeting(rank, values.slice())) as Float32Array[];
        const divisor = op === 'mean' ? worldSize : 1;
        return values.map(
          (_value, i) => all.reduce((sum, each) => Math.fround(sum + (each[i] as number)), 0) / divisor,
        );
      },
      checkpoint: {
        latest: async () => latest,
        latestPaths: () => Promise.reject(new Error('a gang in one process has no files')),
        async save(step, files) {
          const copies = Object.entries(files).map(([name, bytes]) => [name, Uint8Array.from(bytes as Uint8Array)]);
          saved.push({ attempt: 0, step, files: Object.fromEntries(copies) });
        },
      },
      progress: async () => {},
    }),
  );
  return { members, saved };
}

/** Resolves for every rank, with what all of them brought, when the last one has come. */
function meetingPoint(worldSize: number) {
  let brought: unknown[] = [];
  let met = Promise.withResolvers<unknown[]>();
  return async (rank: number, what: unknown): Promise<unknown[]> => {
    const { promise, resolve } = met;
    brought[rank] = what;
    if (Object.keys(brought).length === worldSize) {
      const all = brought;
      brought = [];
      met = Promise.withResolvers();
      resolve(all);
    }
    return await promise;
  };
}
