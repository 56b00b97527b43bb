import { LockstepError } from '#core/errors.ts';
import type { StreamJob } from '#core/job/job.ts';
import { isRemote } from '#core/job/remote.ts';
import { parseDocumentText } from './document.ts';
import { predictSpec } from './predict-spec.ts';
import type { StreamDocument } from './schema.ts';

/** The job of a document, without what only this machine reads; a place of this machine stays as it is written. */
export function streamJob(document: StreamDocument): StreamJob {
  const { kind, name, model, columns, predict, types, output, batch, limits } = document;
  const { to, keep } = output;
  return {
    ...{ kind, name, model, columns, types, batch, limits, predict: predictSpec(predict) },
    output: { keep, ...(to !== undefined && { to }) },
  };
}

/** The job in a document that reached the cloud, from whomever: checked as a job file is. Its model is there. LS_JOB_INVALID. */
export function remoteStreamJob(text: string, place: string): StreamJob {
  const document = parseDocumentText(text, place);
  if (document.kind !== 'stream') {
    throw new LockstepError('LS_JOB_INVALID', `${place}: kind: expected stream, got ${document.kind}`);
  }
  const job = streamJob(document);
  if (isRemote(job.model)) return job;
  const message = `${place}: model: expected s3://bucket/key or published:NAME, got ${JSON.stringify(job.model)}`;
  throw new LockstepError('LS_JOB_INVALID', message);
}
