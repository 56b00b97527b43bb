import type { GangRequest } from '#core/job/job.ts';
import type { TrainDocument } from './schema.ts';

/** The gang as it is scheduled: where a launcher is started once a host, that one is the task, with all that it passes on. */
export function gangRequest({ launch, ...gang }: TrainDocument['gang']): GangRequest {
  if (launch === 'perTask') return gang;
  const { tasksPerHost, perTask } = gang;
  const gpu = Math.ceil(tasksPerHost * perTask.gpu);
  return { ...gang, tasksPerHost: 1, perTask: { gpu }, processesPerHost: tasksPerHost };
}

/** The document that `gangRequest` makes this of: a job that was resolved once is checked again when it reaches the cloud. */
export function gangDocument({ processesPerHost, ...gang }: GangRequest): object {
  if (processesPerHost === undefined) return gang;
  const gpu = share(gang.perTask.gpu, processesPerHost);
  return { ...gang, launch: 'perHost', tasksPerHost: processesPerHost, perTask: { gpu } };
}

/** The amount of each of `count` that together have `whole`, rounded so that they never come to more. */
function share(whole: number, count: number): number {
  const each = whole / count;
  return Math.ceil(each * count) > whole ? each * (1 - Number.EPSILON) : each;
}
