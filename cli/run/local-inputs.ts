import { createReadStream, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { nothingToRead } from '#core/inference/empty-folder.ts';
import { type LeftOut, leftOut, type NameRule } from '#core/inference/folder.ts';
import type { InferJob } from '#core/job/job.ts';
import { isRemote } from '#core/job/remote.ts';
import type { RunInput } from '#flows/runs/put-inputs.ts';
import type { SentModel } from '#flows/runs/start-run.ts';
import { nameRule } from '#formats/glob/name-rule.ts';
import { namesIn } from '../home.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import { remedyForMissing } from '../job/near-file.ts';
import { type LocalFolder, localFolder } from './local-folder.ts';

/** The data files that a job's input names on this machine. */
export interface LocalInputs {
  /** Paths, each once: files as they are named, folders by what they hold. */
  readonly files: readonly string[];
  /** Path of a file below the folder that the job names; those that it names themselves have none. */
  readonly below: ReadonlyMap<string, string>;
  readonly skipped: LeftOut;
}

/** LS_DATA_UNREADABLE where something is not there, LS_DATA_EMPTY where a folder has nothing to read. */
export function localInputs({ job, file }: LoadedInfer): LocalInputs {
  const match = nameRule(job.match);
  const places = job.input.filter((place) => !isRemote(place)).map((place) => dataFiles(place, file, match));
  const all = places.flatMap(({ files }) => files);
  const seen = new Set<string>();
  const twice = all.filter((path) => seen.has(path) || !seen.add(path));
  const skipped = [
    ...places.flatMap((place) => place.skipped),
    ...twice.map((uri) => ({ uri, reason: 'it is named twice, and read once' })),
  ];
  const below = new Map(places.toReversed().flatMap((place) => [...place.below]));
  return { files: [...seen], below, skipped: leftOut(skipped) };
}

/** A job that predicts, with its file. */
export interface WithModel {
  readonly job: Pick<InferJob, 'model' | 'predict'>;
  readonly file: string;
}

/** The model's bytes where the job names a file on this machine. LS_MODEL_UNREADABLE where it is not there. */
export function localModel({ job, file }: WithModel): Uint8Array | undefined {
  if (isRemote(job.model)) return undefined;
  try {
    return readFileSync(job.model);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EISDIR') throw modelFolder(job.model, file);
    const reason = code === 'ENOENT' ? `there is no file ${job.model}` : message;
    throw new LockstepError('LS_MODEL_UNREADABLE', `${basename(file)} model: ${reason}`, {
      cause,
      ...remedyForMissing(job.model, 'Correct `model` in the job file: a file, an s3:// address, or `published:NAME`.'),
    });
  }
}

/** A folder is what other libraries save: `SavedModel`, `save_pretrained`; the model that is meant may lie in it. */
function modelFolder(folder: string, jobFile: string): LockstepError {
  const within = namesIn(folder).filter((name) => name.endsWith('.onnx'));
  const meant = within.map((name) => asNamed(join(folder, name), jobFile));
  const remedy =
    meant.length > 0
      ? `Name the file: ${meant.map((path) => `\`model: ${path}\``).join(', or ')}.`
      : 'Export the model as ONNX, which is one file, or predict with `kind: python`, which may read the folder.';
  const what = `${basename(jobFile)} model: ${folder} is a folder, expected an ONNX file`;
  return new LockstepError('LS_MODEL_UNREADABLE', what, { remedy });
}

/**
 * What a run takes as its model where the job names a file on this machine: its bytes, or those of a module with all that it
 * imports. LS_MODEL_UNREADABLE.
 */
export async function shippedModel(loaded: WithModel): Promise<SentModel | undefined> {
  const model = localModel(loaded);
  if (model === undefined) return undefined;
  const { job, file } = loaded;
  const name = asNamed(job.model, file);
  if (job.predict.kind !== 'module') return { name, bytes: model };
  const { bundledModule } = await import('../code/predict-module.ts');
  return { name, bytes: await bundledModule(job.model) };
}

/** As the job names it, whose paths are those of its folder. */
const asNamed = (path: string, jobFile: string): string => relative(dirname(jobFile), path);

/** Files of this machine as a run of the job takes them. LS_DATA_UNREADABLE for one that cannot be read. */
export const runInputs = ({ files, below }: LocalInputs, jobFile: string): readonly RunInput[] =>
  files.map((file) => ({
    ...{ name: asNamed(file, jobFile), below: below.get(file) },
    sizeBytes: sizeOf(file),
    file,
    chunks: () => chunksOf(file),
  }));

const CHUNK_BYTES = 2 ** 20;

/** The bytes of a data file as they are read. LS_DATA_UNREADABLE where it cannot be. */
export async function* chunksOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

const unreadable = (file: string, cause: unknown): LockstepError =>
  new LockstepError('LS_DATA_UNREADABLE', `${file}: ${(cause as Error).message}`, { cause });

function dataFiles(place: string, jobFile: string, match: NameRule | undefined): LocalFolder {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new LockstepError(
      'LS_DATA_UNREADABLE',
      `${basename(jobFile)} input: there is no file or folder ${place}`,
      remedyForMissing(place, 'Correct `input` in the job file.'),
    );
  }
  if (!stat.isDirectory()) return { files: [place], below: new Map(), skipped: [] };
  const found = localFolder(place, match);
  if (found.files.length > 0) return found;
  throw nothingToRead(`${basename(jobFile)} input: ${place}`, leftOut(found.skipped), match);
}
