import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import type { ModelFiles } from '#core/inference/ports.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { ObjectRef } from '#core/objects/records.ts';

/** Several processes share this folder: the next one finds the model downloaded. */
const FOLDER = join(tmpdir(), 'lockstep-models');

/** Models in a folder of this machine, each named by its hash and checked once. */
export function modelFiles(objects: Pick<Objects, 'get'>, folder: string = FOLDER): ModelFiles {
  const checked = new Map<string, Promise<string>>();
  return {
    path(ref, ending = 'onnx') {
      const name = `${ref.sha256}.${ending}`;
      const known = checked.get(name);
      if (known) return known;
      const path = fetchModel(objects, ref, join(folder, name));
      checked.set(name, path);
      path.catch(() => checked.delete(name));
      return path;
    },
  };
}

async function fetchModel(objects: Pick<Objects, 'get'>, ref: ObjectRef, path: string): Promise<string> {
  const there = await readFile(path).catch(() => undefined);
  if (there && sha256(there) === ref.sha256) return path;
  const bytes = await download(objects, ref.uri);
  if (sha256(bytes) !== ref.sha256) {
    throw new LockstepError('LS_INPUT_CHANGED', `the model ${ref.uri} was overwritten: it no longer has its hash`);
  }
  await mkdir(dirname(path), { recursive: true });
  // No process may see a file that another has half written.
  const draft = `${path}.${process.pid}.draft`;
  await writeFile(draft, bytes);
  await rename(draft, path);
  return path;
}

async function download(objects: Pick<Objects, 'get'>, uri: string): Promise<Uint8Array> {
  try {
    return (await objects.get(uri)).bytes;
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LS_DATA_UNREADABLE') throw error;
    throw new LockstepError('LS_MODEL_UNREADABLE', `the model cannot be read: ${error.message}`, { cause: error });
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
