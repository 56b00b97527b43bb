import { placeOf } from '#core/launch/launchers/place.ts';
import type { AttemptOptions } from './attempt-options.ts';
import type { TaskDescription } from './wire.ts';

/** How the job has tasks see their host. */
export const placeSettings = ({ job, accelerators }: Pick<AttemptOptions, 'job' | 'accelerators'>) => ({
  vendor: accelerators.vendor,
  visibility: job.task.visibility ?? 'host',
  processes: job.gang.processesPerHost,
});

/** What `GET /task` answers for a rank of this host. */
export function describeTask(
  options: Pick<AttemptOptions, 'roster' | 'job' | 'accelerators'>,
  rank: number,
): TaskDescription {
  const { roster, job } = options;
  const place = placeOf(roster, rank, { ...placeSettings(options), maxRestarts: 0 });
  const taskInfos = roster.hosts
    .flatMap(({ instanceId, address, tasks }) =>
      tasks.map((task) => ({ rank: task.rank, localRank: task.localRank, instanceId, address })),
    )
    .sort((a, b) => a.rank - b.rank);
  return {
    runId: roster.runId,
    attempt: roster.attempt,
    rank,
    worldSize: place.worldSize,
    localRank: place.task.localRank,
    localWorldSize: place.localWorldSize,
    resources: { gpu: { addresses: place.task.accelerators } },
    devices: place.devices.ordinals,
    taskInfos,
    masterAddress: roster.masterAddress,
    masterPort: roster.masterPort,
    barrierTimeoutMs: job.limits.barrierTimeoutS * 1000,
  };
}
