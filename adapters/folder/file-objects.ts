import { open, stat } from 'node:fs/promises';
import { LockstepError } from '#core/errors.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';

/** What tells the content of a file from what it had before, without reading it. */
export const fileTag = ({ size, mtimeNs, ino }: FileStat): string => `${size}-${mtimeNs}-${ino}`;

export interface FileStat {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ino: bigint;
}

/** Files of this machine as objects, each called by its path. */
export const fileObjects: ReadObjects = {
  async get(uri, range) {
    try {
      await using file = await open(uri);
      const before = fileTag(await file.stat({ bigint: true }));
      const sizeBytes = Number((await file.stat()).size);
      const { start, end } = { start: range?.start ?? 0, end: Math.min(range?.end ?? sizeBytes, sizeBytes) };
      const bytes = new Uint8Array(Math.max(0, end - start));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
      const after = fileTag(await stat(uri, { bigint: true }));
      if (before !== (range?.etag ?? before) || after !== before || bytesRead < bytes.length) {
        throw new LockstepError('LS_INPUT_CHANGED', `${uri} is being written; expected a file that does not change`, {
          remedy: 'Write a file under another name or in another folder, and rename it when it is complete.',
        });
      }
      return { uri, etag: before, sizeBytes, bytes };
    } catch (cause) {
      if (cause instanceof LockstepError) throw cause;
      throw new LockstepError('LS_DATA_UNREADABLE', `${uri}: ${(cause as Error).message}`, { cause });
    }
  },
};
