import { LockstepError } from '#core/errors.ts';
import { type BrokenJob, type ServedJob, servedJobs, serveJob, unserveJob } from '#flows/runs/served-jobs.ts';
import { readFrom } from '#formats/job/job-input.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { reachableClouds } from '../cloud/reach.ts';
import type { JobOverrides } from '../job/load-job.ts';
import { shippedModel } from '../run/local-inputs.ts';
import { checkPythonPlace } from '../run/python-place.ts';
import type { CommandContext } from './context.ts';
import { openJob } from './open-job.ts';

/** A job that serves an inbox, and the cloud that it does so in. */
export type ServedLine = (ServedJob | BrokenJob) & { readonly cloud: string };

/** `lockstep serve JOB.yaml`: whatever is put into the inbox of the job is inferred by it from now on. */
export async function serve(file: string, context: CommandContext, { set = [] }: JobOverrides): Promise<ServedLine> {
  // What a served job reads is what arrives, so its file need not name any input; its rule of what is data stays.
  const { job, ...loaded } = openJob(file, 'infer', { set: [...set, readFrom('s3://inbox/arrives')] });
  checkPythonPlace(job, context.choice);
  const model = await shippedModel({ ...loaded, job });
  const cloud = await lastingCloud(context);
  return { ...(await serveJob(cloud, { job, model: model?.bytes })), cloud: cloud.name };
}

/** `lockstep served` */
export async function served(context: CommandContext): Promise<readonly ServedLine[]> {
  const lines: ServedLine[] = [];
  for (const cloud of await reachableClouds(context)) {
    for (const job of await servedJobs(cloud)) lines.push({ ...job, cloud: cloud.name });
  }
  return lines;
}

/** `lockstep unserve NAME` */
export async function unserve(name: string, context: CommandContext): Promise<string> {
  const cloud = await lastingCloud(context);
  await unserveJob(cloud, name);
  return `${name}: no longer served in ${cloud.name}; what is put into its inbox fails`;
}

export const servedText = (line: ServedLine): string =>
  'model' in line
    ? `${line.name}: ${line.inbox} → ${line.model} (${line.cloud})`
    : `${line.name}: ${line.inbox}, broken: ${line.problem} (${line.cloud})`;

/** A job that serves must outlive the command. LS_USAGE where no cloud does. */
async function lastingCloud(context: CommandContext): Promise<Cloud> {
  const [cloud] = await reachableClouds(context);
  if (cloud !== undefined) return cloud;
  throw new LockstepError('LS_USAGE', 'an inbox needs a cloud that stays when this command has ended, and none is up', {
    remedy: 'Bring one up with `lockstep local up` in another terminal, or name a stack.',
  });
}
