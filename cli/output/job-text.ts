import { stringify } from 'yaml';
import type { InferJob, TrainJob } from '#core/job/job.ts';

/**
 * A job as it ran, with every default, as YAML. Values of variables are left out: they may be what nobody else should read,
 * and a report is passed on.
 */
export function jobText(job: TrainJob | InferJob): string {
  if (job.kind === 'infer') return stringify(job);
  const env = Object.fromEntries(Object.keys(job.task.env).map((name) => [name, '… (not shown)']));
  return stringify({ ...job, task: { ...job.task, env } });
}
