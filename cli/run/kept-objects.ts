import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { LockstepError } from '#core/errors.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';

/** Files of this machine by their `file://` addresses, as a manifest that a run has left here names its parts. */
export const keptObjects: ReadObjects = {
  async get(uri, range) {
    try {
      const file = await open(fileURLToPath(uri));
      try {
        const { size: sizeBytes } = await file.stat();
        const { start = 0, end = sizeBytes } = range ?? {};
        const bytes = new Uint8Array(Math.max(0, Math.min(end, sizeBytes) - start));
        await file.read(bytes, 0, bytes.length, start);
        return { uri, etag: '', sizeBytes, bytes };
      } finally {
        await file.close();
      }
    } catch (cause) {
      throw new LockstepError('LS_DATA_UNREADABLE', `${uri}: ${(cause as Error).message}`, { cause });
    }
  },
};
