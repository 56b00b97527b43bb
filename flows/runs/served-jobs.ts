/** The jobs that serve inboxes: what is put below `inbox/<job>/` is inferred by the job of that name. */
import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import type { InferJob } from '#core/job/job.ts';
import { nearest } from '#core/job/nearest.ts';
import { publishedName } from '#core/job/remote.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, sharedObjects } from '#core/objects/addresses.ts';
import { remoteInferJob } from '#formats/job/remote-job.ts';
import { jsonBytes, textIfAny } from '#formats/json/json-object.ts';
import type { RunPorts } from './ports.ts';
import { checkPublished } from './published-models.ts';

type ServePorts = Pick<RunPorts, 'objects' | 'bucket'>;

export interface ServedJob {
  readonly name: string;
  /** An object, or a published model. */
  readonly model: string;
  /** Where files and batches are put. */
  readonly inbox: string;
}

/** A job whose document nobody can run any more; what is put into its inbox fails. */
export interface BrokenJob {
  readonly name: string;
  readonly inbox: string;
  /** What is wrong with it. */
  readonly problem: string;
}

export interface Serving {
  readonly job: InferJob;
  /** Bytes of a model that whoever serves brings along; undefined where the job names one that is in the cloud. */
  readonly model?: Uint8Array | undefined;
}

/**
 * Lets a job serve its inbox from now on, in place of one of the same name. Its `input` is whatever arrives. A model that is
 * brought along is kept beside those that are published under the name of the job. LS_MODEL_UNREADABLE.
 */
export async function serveJob(ports: ServePorts, { job, model: bytes }: Serving): Promise<ServedJob> {
  const { objects, bucket } = ports;
  const { local: _, input: __, match, ...document } = job;
  const model = bytes === undefined ? await remoteModel(ports, job.model) : await putModel(ports, job, bytes);
  const inbox = inboxOf(bucket, job.name);
  const rule = match !== undefined && { input: { from: [inbox], match } };
  await objects.put(sharedObjects(bucket).inboxJob(job.name), jsonBytes({ ...document, model, ...rule }));
  return { name: job.name, model, inbox };
}

/** What is served, in the order of names. */
export async function servedJobs({ objects, bucket }: ServePorts): Promise<readonly (ServedJob | BrokenJob)[]> {
  const served: (ServedJob | BrokenJob)[] = [];
  for (const name of await servedNames({ objects, bucket })) {
    const uri = sharedObjects(bucket).inboxJob(name);
    const inbox = inboxOf(bucket, name);
    const text = await textIfAny(objects, uri);
    if (text === undefined) continue;
    try {
      served.push({ name, model: remoteInferJob(text, uri, inbox).model, inbox });
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      served.push({ name, inbox, problem: error.message });
    }
  }
  return served;
}

/** Ends it: what is put into the inbox later fails with LS_JOB_NOT_FOUND. The same error if there is no such job. */
export async function unserveJob(ports: ServePorts, name: string): Promise<void> {
  const names = await servedNames(ports);
  if (!names.includes(name)) {
    const meant = nearest(name, names);
    const known = names.length === 0 ? 'no job serves an inbox here' : `served are ${names.join(', ')}`;
    const remedy = meant === undefined ? 'List them with `lockstep served`.' : `Did you mean \`${meant}\`?`;
    throw new LockstepError('LS_JOB_NOT_FOUND', `no job ${name} serves an inbox; ${known}`, { remedy });
  }
  await ports.objects.delete([sharedObjects(ports.bucket).inboxJob(name)]);
}

async function servedNames({ objects, bucket }: ServePorts): Promise<readonly string[]> {
  const names: string[] = [];
  const [before = '', after = ''] = sharedObjects(bucket).inboxJob('\n').split('\n');
  for await (const { uri } of objects.list(before)) {
    if (uri.endsWith(after)) names.push(uri.slice(before.length, -after.length));
  }
  return names;
}

const inboxOf = (bucket: string, name: string): string => objectUri(bucket, `${OBJECTS.inbox}${name}/`);

async function putModel(
  { objects, bucket }: ServePorts,
  { name, predict }: InferJob,
  bytes: Uint8Array,
): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const uri = sharedObjects(bucket).servedModel(name, sha256, predict.kind === 'module' ? 'mjs' : 'onnx');
  await objects.put(uri, bytes);
  return uri;
}

/** The same address, once there is something. */
async function remoteModel(ports: ServePorts, model: string): Promise<string> {
  const name = publishedName(model);
  if (name !== undefined) await checkPublished(ports, name);
  else if ((await ports.objects.head(model)) === undefined) {
    throw new LockstepError('LS_MODEL_UNREADABLE', `there is no object ${model}`);
  }
  return model;
}
