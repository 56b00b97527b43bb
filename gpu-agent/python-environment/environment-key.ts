import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { PythonSpec } from '#core/job/job.ts';
import { localPlace, requirementPlaces } from '#core/job/python/requirements.ts';
import type { Interpreter } from './interpreter.ts';

/**
 * A name for what the environment of a job holds: the same for equal requirements, files that these name included, on
 * Pythons of one version and one platform. `code` is the folder that the requirements are relative to.
 */
export async function environmentKey(spec: PythonSpec, { version, platform }: Interpreter, code: string) {
  const hash = createHash('sha256').update(JSON.stringify([version, platform, spec.packages]));
  const paths = new Set(spec.packages.flatMap(localPlace));
  const files = spec.requirements === undefined ? [] : [posix.normalize(spec.requirements)];
  for (const file of files) {
    const text = await readFile(join(code, file), 'utf8');
    hash.update(`\0${file}\0`).update(text);
    const { files: nested, paths: local } = requirementPlaces(text);
    for (const path of local) paths.add(path);
    // The array grows while it is gone through; a file that names itself is read once.
    for (const one of nested.map((place) => posix.join(dirname(file), place)))
      if (!files.includes(one)) files.push(one);
  }
  for (const path of [...paths].sort()) await addPath(hash, join(code, path));
  return hash.digest('hex').slice(0, 32);
}

/** The content of a file, or of every file of a folder. What is not there is left for pip to say. */
async function addPath(hash: Hash, path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile()) {
    hash.update(`\0${path.length}\0`);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  }
  if (!stats?.isDirectory()) return;
  for (const name of (await readdir(path)).sort()) {
    hash.update(`\0${name}`);
    await addPath(hash, join(path, name));
  }
}
