import { open, readFile, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { LockstepError } from '#core/errors.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';

/**
 * Objects for a plan that leaves nothing behind: an absolute path is the file of this machine, everything else lies in
 * `cloud` where there is one, and what is written goes to memory.
 */
export function planObjects(cloud: Objects | undefined): Objects {
  const drafts = memoryObjects();
  const elsewhere = async (uri: string): Promise<Objects> =>
    cloud !== undefined && (await drafts.head(uri)) === undefined ? cloud : drafts;
  return {
    async get(uri, range) {
      if (!isAbsolute(uri)) return (await elsewhere(uri)).get(uri, range);
      const head = await headOf(uri);
      if (head === undefined) throw new LockstepError('LS_DATA_UNREADABLE', `${uri} does not exist`);
      return { ...head, bytes: await (range === undefined ? readFile(uri) : readRange(uri, range)) };
    },
    put: (uri, body, condition) => drafts.put(uri, body, condition),
    upload: (uri, chunks, options) => drafts.upload(uri, chunks, options),
    head: async (uri) => (isAbsolute(uri) ? headOf(uri) : (await elsewhere(uri)).head(uri)),
    list: (uri) => (cloud ?? drafts).list(uri),
    delete: (uris) => drafts.delete(uris),
  };
}

async function headOf(path: string): Promise<ObjectHead | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? { uri: path, etag: String(found.mtimeMs), sizeBytes: found.size } : undefined;
}

async function readRange(path: string, { start, end }: { start: number; end: number }): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(end - start);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
