import { LockstepError } from '#core/errors.ts';
import type { DataSource, InferJob, TrainJob } from '#core/job/job.ts';
import { isRemote } from '#core/job/remote.ts';
import { parseDocumentText } from './document.ts';
import { gangDocument, gangRequest } from './gang-request.ts';
import { computeOf } from './hosts-schema.ts';
import { jobInput, jobNulls, readFrom } from './job-input.ts';
import { predictSpec } from './predict-spec.ts';
import { rowPolicy } from './row-policy.ts';
import type { TrainDocument } from './schema.ts';
import { taskSpec } from './task-spec.ts';

/**
 * The training job in a document that reached the cloud, from whomever: checked as a job file is, with every default
 * filled in. What only the local cloud reads is dropped. A `module` is taken as bundled into the code package.
 * `place` is for messages. LS_JOB_INVALID.
 */
export function remoteTrainJob(text: string, place: string): TrainJob {
  const document = parseDocumentText(asDocument(text), place);
  if (document.kind !== 'train') {
    throw new LockstepError('LS_JOB_INVALID', `${place}: kind: expected train, got ${document.kind}`);
  }
  const { kind, name, gang, limits, task, data, publish = name } = document;
  return {
    ...{ kind, name, limits, publish, gang: gangRequest(gang) },
    ...(data !== undefined && { data: dataSource(data) }),
    task: taskSpec(task),
  };
}

/** A job that was resolved has its gang in another form than documents; anything else is left for the parser to judge. */
function asDocument(text: string): string {
  try {
    const job = JSON.parse(text) as Partial<TrainJob>;
    return job.gang?.processesPerHost === undefined ? text : JSON.stringify({ ...job, gang: gangDocument(job.gang) });
  } catch {
    return text;
  }
}

function dataSource({ sql, s3 }: NonNullable<TrainDocument['data']>): DataSource {
  return sql === undefined ? { s3: s3 as NonNullable<typeof s3> } : { sql };
}

/**
 * The inference job in a document that reached the cloud, from whomever, which reads `input`, by its own rule of what is
 * data if it has one: checked as a job file
 * is, with every default filled in. Its model must be an object or a published one. LS_JOB_INVALID.
 */
export function remoteInferJob(text: string, place: string, input: string): InferJob {
  const document = parseDocumentText(text, place, [readFrom(input)]);
  if (document.kind !== 'infer') {
    throw new LockstepError('LS_JOB_INVALID', `${place}: kind: expected infer, got ${document.kind}`);
  }
  const { kind, name, model, columns, nulls, predict, output, limits } = document;
  if (!isRemote(model)) {
    const message = `${place}: model: expected s3://bucket/key or published:NAME, got ${JSON.stringify(model)}`;
    throw new LockstepError('LS_JOB_INVALID', message);
  }
  const onError = rowPolicy(document.onError);
  return {
    ...{ kind, name, model, ...jobInput(document.input), columns, ...jobNulls(nulls) },
    ...{ predict: predictSpec(predict), output, onError, limits, ...computeOf(document) },
  };
}
