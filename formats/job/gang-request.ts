import type { GangRequest } from '#core/job/job.ts';
import type { TrainDocument } from './schema.ts';

/** The gang as it is scheduled: where a launcher is started once a host, that one is the task, with all that it passes on. */
export function gangRequest({ launch, ...gang }: TrainDocument['gang']): GangRequest {
  if (launch === 'perTask') return gang;
  const { tasksPerHost, perTask } = gang;
  const gpu = Math.ceil(tasksPerHost * perTask.gpu);
  return { ...gang, tasksPerHost: 1, perTask: { gpu }, processesPerHost: tasksPerHost };
}
