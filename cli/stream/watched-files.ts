import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FileStat, fileTag } from '#adapters/folder/file-objects.ts';
import { TABLE_ENDINGS } from '#core/inference/folder.ts';
import type { StreamRecord } from '#core/stream/record.ts';

/** A file of the folder that is watched. */
export interface WatchedFile {
  /** Below the folder, with `/` between. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly tag: string;
  readonly writtenMs: number;
}

export interface FolderListing {
  readonly files: readonly WatchedFile[];
  /** Names that are not read. */
  readonly skipped: readonly string[];
}

const JSON_LINES_ENDINGS = ['jsonl', 'ndjson'];
const ENDINGS = new Set<string>([...TABLE_ENDINGS, ...JSON_LINES_ENDINGS]);

/** What is said of a file with another ending. */
export const SKIPPED = `its name does not end with ${[...ENDINGS].join(', ')}`;

/** The records in a folder and below it, the one that was written first first. Hidden names and those with `_` are no data. */
export function listWatched(folder: string): FolderListing {
  const files: WatchedFile[] = [];
  const skipped: string[] = [];
  for (const name of namesBelow(folder, '')) {
    const path = join(folder, name);
    const stat = statOf(path);
    if (stat === undefined) continue;
    if (!ENDINGS.has(name.slice(name.lastIndexOf('.') + 1).toLowerCase())) skipped.push(name);
    else {
      const writtenMs = Number(stat.mtimeNs / 1_000_000n);
      files.push({ name, path, sizeBytes: Number(stat.size), tag: fileTag(stat), writtenMs });
    }
  }
  return { files: files.toSorted((a, b) => a.writtenMs - b.writtenMs || (a.name < b.name ? -1 : 1)), skipped };
}

function namesBelow(folder: string, above: string): readonly string[] {
  return readdirSync(join(folder, above), { withFileTypes: true }).flatMap((entry) => {
    if (/^[._]/.test(entry.name)) return [];
    const name = `${above}${entry.name}`;
    return entry.isDirectory() ? namesBelow(folder, `${name}/`) : [name];
  });
}

/** Undefined for what is no file, or not there any more. */
function statOf(path: string): FileStat | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() ? stat : undefined;
}

/** The same name with other content is another record. */
export const recordOf = ({ name, path, sizeBytes, tag, writtenMs }: WatchedFile): StreamRecord => ({
  id: name,
  sourceId: `${name}@${tag}`,
  receives: 1,
  arrivedMs: writtenMs,
  payload: { kind: 'object', uri: path, etag: tag },
  whole: { name, path, sizeBytes },
});
