import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import type { Objects } from '#core/objects/ports.ts';
import { transfer } from '../transfer.ts';
import type { StoredFile } from './uploads.ts';

/** Files of the run on this host's disk, each fetched once for all tasks of the host. */
export interface Downloads {
  /** Path of the file. LS_CHECKPOINT_DAMAGED where the object does not have the bytes that were saved. */
  file(uri: string, expected: StoredFile): Promise<string>;
  /** Removes what was fetched before and is not one of these. */
  keepOnly(uris: readonly string[]): Promise<void>;
}

/** Larger than memory is fine: a file goes to disk range by range, and is hashed on its way. */
export function createDownloads(objects: Objects, folder: string): Downloads {
  const under = new Map<string, Promise<string>>();
  const nameOf = (uri: string) => createHash('sha256').update(uri).digest('hex');
  const fetch = async (uri: string, expected: StoredFile): Promise<string> => {
    const path = join(folder, nameOf(uri));
    if ((await stat(path).catch(() => undefined))?.size === expected.sizeBytes) return path;
    const partial = `${path}.${randomUUID()}`;
    await mkdir(folder, { recursive: true });
    try {
      const sha256 = await transfer(objects, { uri, path: partial, sizeBytes: expected.sizeBytes });
      if (sha256 !== expected.sha256) throw damaged(uri, expected.sha256, sha256);
      await rename(partial, path);
    } finally {
      await rm(partial, { force: true });
    }
    return path;
  };
  return {
    file(uri, expected) {
      const running = under.get(uri) ?? fetch(uri, expected).finally(() => under.delete(uri));
      under.set(uri, running);
      return running;
    },
    async keepOnly(uris) {
      const kept = new Set(uris.map(nameOf));
      const names = await readdir(folder).catch(() => []);
      const gone = names.filter((name) => !kept.has(name));
      await Promise.all(gone.map((name) => rm(join(folder, name), { force: true })));
    },
  };
}

/** The bytes of a file on this host. */
export const readFileChunks = (path: string): AsyncIterable<Uint8Array> =>
  createReadStream(path, { highWaterMark: 2 ** 18 });

const damaged = (uri: string, expected: string, got: string) =>
  new LockstepError('LS_CHECKPOINT_DAMAGED', `${uri}: expected sha256 ${expected}, got ${got}`);
