import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { isBehind, type Published } from '#core/training/published.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import { isAlive, pidIn } from '../cloud/cloud-file.ts';
import type { Home } from '../home.ts';
import { hashed } from './hashed.ts';

/** A model that was published on this machine and is kept when its cloud is gone. */
export interface KeptModel {
  /** What `models/<name>/LATEST.json` said of it. */
  readonly pointer: Published;
  /** Path of its bytes. */
  readonly file: string;
  /** Holds the model and its pointer, and nothing else: it appears and goes as a whole. */
  readonly folder: string;
}

const POINTER = 'pointer.json';
const MODEL = 'model.onnx';
/** Names and run ids become folders: what a program of somebody's wrote into a bucket must not lead out of them. */
const FOLDER_NAME = /^[a-z0-9][a-z0-9-]*$/;

/** Every kept model, those of a name together and the one that was queued last first. */
export function listKeptModels({ models }: Pick<Home, 'models'>): readonly KeptModel[] {
  const names = existsSync(models) ? foldersIn(models) : [];
  return names.toSorted().flatMap((name) => modelsOf(models, name).toSorted(byLatest));
}

/** The kept model that a name stands for: that of the run that was queued last. */
export const latestKept = (home: Pick<Home, 'models'>, name: string): KeptModel | undefined =>
  listKeptModels(home).find(({ pointer }) => pointer.name === name);

/**
 * Keeps a model, unless that of its run is kept. Its folder is filled under another name and renamed when all of it is on
 * the disk, so that of two commands at once, and of one that is killed, there is a whole model or none.
 * LS_RESULT_INCOMPLETE where the bytes are not those that the pointer is for.
 */
export async function keepModel(
  { models }: Pick<Home, 'models'>,
  pointer: Published,
  chunks: () => AsyncIterable<Uint8Array>,
): Promise<void> {
  const { name, runId } = pointer;
  for (const word of [name, runId]) {
    if (!FOLDER_NAME.test(word))
      throw new LockstepError('LS_DATA_UNREADABLE', `${word} is no name of a model or a run`);
  }
  const folder = join(models, name);
  const target = join(folder, runId);
  if (existsSync(target)) return;
  mkdirSync(folder, { recursive: true });
  removeDrafts(folder);
  const draft = join(folder, draftName());
  mkdirSync(draft);
  try {
    await write(join(draft, MODEL), pointer, chunks());
    await writeFile(join(draft, POINTER), jsonBytes(pointer), { flush: true });
    if (!existsSync(target)) renameSync(draft, target);
  } catch (error) {
    // Another command has kept the model of the same run.
    if (!existsSync(join(target, POINTER))) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Removes kept models. Each leaves its place first, so that nobody finds half of one. */
export function removeKeptModels(home: Pick<Home, 'models'>, models: readonly KeptModel[]): void {
  for (const { folder, pointer } of models) {
    const gone = join(home.models, pointer.name, draftName());
    renameSync(folder, gone);
    rmSync(gone, { recursive: true, force: true });
  }
}

/** The name of a folder that its process owns, and that nobody takes for a model. */
const draftName = (): string => `.${randomUUID()}-${process.pid}`;

/** What commands left that were killed. */
function removeDrafts(folder: string): void {
  const left = readdirSync(folder).filter((name) => name.startsWith('.') && !isAlive(pidIn(name)));
  for (const name of left) rmSync(join(folder, name), { recursive: true, force: true });
}

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && FOLDER_NAME.test(entry.name))
    .map((entry) => entry.name);

const modelsOf = (models: string, name: string): readonly KeptModel[] =>
  foldersIn(join(models, name)).flatMap((runId) => modelIn(join(models, name, runId), { name, runId }));

/** None for a folder that is being removed, or that is not what its place says. */
function modelIn(folder: string, { name, runId }: Pick<Published, 'name' | 'runId'>): readonly KeptModel[] {
  try {
    const pointer = JSON.parse(readFileSync(join(folder, POINTER), 'utf8')) as Published;
    const isOurs = pointer.name === name && pointer.runId === runId;
    return isOurs ? [{ pointer, file: join(folder, MODEL), folder }] : [];
  } catch {
    return [];
  }
}

const byLatest = ({ pointer: a }: KeptModel, { pointer: b }: KeptModel): number => (isBehind(a, b) ? 1 : -1);

async function write(
  path: string,
  { model, name, runId }: Published,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const wrong = (got: string) =>
    new LockstepError('LS_RESULT_INCOMPLETE', `model ${name} of ${runId}: expected sha256 ${model.sha256}, got ${got}`);
  await using file = await open(path, 'wx');
  for await (const chunk of hashed(chunks, model.sha256, wrong)) await file.writeFile(chunk);
  await file.sync();
}
