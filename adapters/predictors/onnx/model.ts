import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { sharedObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { ObjectRef } from '#core/objects/records.ts';
import type { Published } from '#core/training/published.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import type { ModelFile } from './session.ts';

const PUBLISHED = 'published:';

/**
 * What a job means by `model`, pinned by its hash: an object, or the model that a training job of a name published
 * last. LS_MODEL_UNREADABLE if there is none.
 */
export async function resolveModel(objects: Objects, bucket: string, model: string): Promise<ObjectRef> {
  if (model.startsWith(PUBLISHED)) {
    const name = model.slice(PUBLISHED.length);
    const pointer = await readJsonIfAny<Published>(objects, sharedObjects(bucket).published(name));
    if (pointer) return pointer.value.model;
    throw new LockstepError('LS_MODEL_UNREADABLE', `no training job has published a model named \`${name}\``);
  }
  const bytes = await download(objects, model);
  return { uri: model, sizeBytes: bytes.length, sha256: sha256(bytes) };
}

/** Files that this process has checked. */
const checked = new Map<string, Promise<string>>();

/** The model as a file of this machine, downloaded once. LS_INPUT_CHANGED if the object no longer has the hash. */
export async function modelFile(objects: Objects, ref: ObjectRef): Promise<ModelFile> {
  let path = checked.get(ref.sha256);
  if (!path) {
    path = fetchModel(objects, ref);
    checked.set(ref.sha256, path);
    path.catch(() => checked.delete(ref.sha256));
  }
  return { path: await path, uri: ref.uri, sha256: ref.sha256 };
}

async function fetchModel(objects: Objects, ref: ObjectRef): Promise<string> {
  const folder = join(tmpdir(), 'lockstep-models');
  const path = join(folder, `${ref.sha256}.onnx`);
  const there = await readFile(path).catch(() => undefined);
  if (there && sha256(there) === ref.sha256) return path;
  const bytes = await download(objects, ref.uri);
  if (sha256(bytes) !== ref.sha256) {
    throw new LockstepError('LS_INPUT_CHANGED', `the model ${ref.uri} was overwritten: it no longer has its hash`);
  }
  await mkdir(folder, { recursive: true });
  // Several processes share the folder: none may see a file that another has half written.
  const draft = `${path}.${process.pid}.draft`;
  await writeFile(draft, bytes);
  await rename(draft, path);
  return path;
}

async function download(objects: Objects, uri: string): Promise<Uint8Array> {
  try {
    return (await objects.get(uri)).bytes;
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LS_DATA_UNREADABLE') throw error;
    throw new LockstepError('LS_MODEL_UNREADABLE', `the model cannot be read: ${error.message}`, { cause: error });
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
