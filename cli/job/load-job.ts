import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { ERRORS, LockstepError } from '#core/errors.ts';
import type { DataSource, InferJob, LocalSettings, StreamJob, TrainJob } from '#core/job/job.ts';
import { isRemote } from '#core/job/remote.ts';
import { type Change, type JobDocument, parseDocumentText } from '#formats/job/document.ts';
import { gangRequest } from '#formats/job/gang-request.ts';
import { computeOf } from '#formats/job/hosts-schema.ts';
import { jobInput, jobNulls } from '#formats/job/job-input.ts';
import { predictSpec } from '#formats/job/predict-spec.ts';
import { rowPolicy } from '#formats/job/row-policy.ts';
import type { InferDocument, Kind, PipelineDocument, StreamDocument, TrainDocument } from '#formats/job/schema.ts';
import { streamJob } from '#formats/job/stream-job.ts';
import { taskSpec } from '#formats/job/task-spec.ts';
import type { LoadedInfer, LoadedJob, LoadedPipeline, LoadedStream, LoadedTrain } from './loaded.ts';
import { remedyForMissing } from './near-file.ts';
import { withInterpreter } from './python-interpreter.ts';

/** What the command line says beside a job file. */
export interface JobOverrides {
  /** `key=value`, or a change, each laid over the document of the file itself. */
  readonly set?: readonly (string | Change)[];
  /** Given to the command of the tasks, after its own. */
  readonly args?: readonly string[];
}

/**
 * Reads a job file, and those that it refers to, with every default filled in and every path made absolute. Files that
 * the job names need not exist yet: a `local.prepare` command may make them. LS_JOB_NOT_FOUND, LS_JOB_INVALID.
 */
export function loadJob(path: string, { set, args = [] }: JobOverrides = {}): LoadedJob {
  const file = resolve(path);
  const document = readDocument(file, set);
  if (document.kind === 'train') return loadTrain(file, document, args);
  if (document.kind === 'infer') return loadInfer(file, document);
  return document.kind === 'stream' ? loadStream(file, document) : loadPipeline(file, document);
}

function readDocument(file: string, set: readonly (string | Change)[] = []): JobDocument {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : (cause as Error).message;
    const remedy = code === 'ENOENT' ? remedyForMissing(file, ERRORS.LS_JOB_NOT_FOUND.remedy) : {};
    throw new LockstepError('LS_JOB_NOT_FOUND', `${file}: ${reason}`, { cause, ...remedy });
  }
  return parseDocumentText(text, relative(process.cwd(), file), set);
}

function loadTrain(file: string, document: TrainDocument, args: readonly string[] = []): LoadedTrain {
  const { kind, name, gang, limits, task } = document;
  const folder = dirname(file);
  const { data, local, publish = name } = document;
  const job: TrainJob = {
    ...{ kind, name, limits, publish, gang: gangRequest(gang) },
    ...(data !== undefined && { data: dataSource(data) }),
    task: taskSpec(task, args),
    ...(local !== undefined && { local: localSettings(local, folder) }),
  };
  const code = {
    ...{ file, folder },
    ...(task.module !== undefined && { module: resolve(folder, task.module) }),
    files: task.files.filter((one) => !one.startsWith('!')).map((one) => resolve(folder, one)),
    except: task.files.filter((one) => one.startsWith('!')).map((one) => resolve(folder, one.slice(1))),
  };
  return { kind, file, job, code };
}

/**
 * An inference job in a document that is no file of the user's, as if it lay beside `file`. LS_JOB_INVALID, LS_USAGE for a
 * `set` that cannot be.
 */
export function inferJobIn(text: string, file: string, { set }: Pick<JobOverrides, 'set'>): LoadedInfer {
  const document = parseDocumentText(text, relative(process.cwd(), file), set);
  if (document.kind === 'infer') return loadInfer(file, document);
  throw new LockstepError('LS_JOB_INVALID', `${file}: kind: expected infer, got ${document.kind}`);
}

function loadInfer(file: string, document: InferDocument): LoadedInfer {
  const { kind, name, model, columns, nulls, predict, output, limits, local } = document;
  const { input, ...chosen } = jobInput(document.input);
  const folder = dirname(file);
  const place = (one: string) => (isRemote(one) ? one : resolve(folder, one));
  const job: InferJob = {
    ...{ kind, name, columns, output, limits },
    model: place(model),
    input: input.map(place),
    ...chosen,
    ...jobNulls(nulls),
    ...computeOf(document),
    predict: withInterpreter(predictSpec(predict), folder, document.compute),
    onError: rowPolicy(document.onError),
    ...(local !== undefined && { local: localSettings(local, folder) }),
  };
  return { kind, file, job };
}

function loadStream(file: string, document: StreamDocument): LoadedStream {
  const folder = dirname(file);
  const place = (one: string) => (isRemote(one) ? one : resolve(folder, one));
  const { local, watch } = document;
  const { output, predict, ...rest } = streamJob(document);
  const job: StreamJob = {
    ...rest,
    model: place(rest.model),
    predict: withInterpreter(predict, folder),
    ...(watch !== undefined && { watch: resolve(folder, watch) }),
    output: { ...output, ...(output.to !== undefined && { to: resolve(folder, output.to) }) },
    ...(local !== undefined && { local: localSettings(local, folder) }),
  };
  return { kind: 'stream', file, job };
}

/** The model of the inference is the one that the training publishes, whatever its own file says. */
function loadPipeline(file: string, document: PipelineDocument): LoadedPipeline {
  const { kind, name, evaluate, local } = document;
  const folder = dirname(file);
  const [trainFile, inferFile] = [resolve(folder, document.train), resolve(folder, document.infer)];
  const train = loadTrain(trainFile, referred(trainFile, 'train'));
  const inferred = loadInfer(inferFile, referred(inferFile, 'infer'));
  if (inferred.job.predict.kind !== 'onnx') {
    const got = `a pipeline infers with the model that it trains, got predict.kind: ${inferred.job.predict.kind}`;
    throw new LockstepError('LS_JOB_INVALID', `${relative(process.cwd(), inferFile)}: ${got}`, {
      remedy: `Say \`model: published:${train.job.publish}\` and no \`predict.kind\` there; or run it by itself with \`lockstep infer\`.`,
    });
  }
  if (inferred.job.sql !== undefined) {
    const got = 'a pipeline puts what it infers into the inbox as files, got input.sql';
    throw new LockstepError('LS_JOB_INVALID', `${relative(process.cwd(), inferFile)}: ${got}`, {
      remedy:
        'Name files or folders in `input`; or run the query by itself with `lockstep infer` once the model is published.',
    });
  }
  const infer = { ...inferred, job: { ...inferred.job, model: `published:${train.job.publish}` } };
  const settings = {
    ...infer.job.local,
    ...train.job.local,
    ...(local !== undefined && localSettings(local, folder)),
  };
  const job = {
    ...{ kind, name, train: train.job, infer: infer.job },
    ...(evaluate !== undefined && { evaluate }),
    local: settings,
  };
  return { kind, file, job, train, infer };
}

/** The document of a file that the pipeline names. Its kind is checked first: a pipeline may name itself by mistake. */
function referred<K extends Kind>(file: string, kind: K): Extract<JobDocument, { readonly kind: K }> {
  const document = readDocument(file);
  if (document.kind === kind) return document as Extract<JobDocument, { readonly kind: K }>;
  const message = `${relative(process.cwd(), file)} kind: expected ${kind}, as the pipeline says, got ${document.kind}`;
  throw new LockstepError('LS_JOB_INVALID', message);
}

function dataSource({ sql, s3 }: NonNullable<TrainDocument['data']>): DataSource {
  return sql === undefined ? { s3: s3 as NonNullable<typeof s3> } : { sql };
}

function localSettings(local: NonNullable<TrainDocument['local']>, folder: string): LocalSettings {
  const { warehouse, prepare, capacity } = local;
  return {
    ...(warehouse !== undefined && { warehouse: resolve(folder, warehouse) }),
    ...(prepare !== undefined && { prepare }),
    ...(capacity !== undefined && { capacity }),
  };
}
