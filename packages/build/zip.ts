import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Zippable, zipSync } from 'fflate';

/** All files get this time, so that the same files make the same archive. */
const TIME = new Date('2020-01-01T00:00:00');
const READABLE = 0o644 << 16;
const UNIX = 3;

/** A zip archive of a folder, as Lambda and `unzip` read it: everything readable by everybody. */
export function zipFolder(folder: string): Uint8Array {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const content: Zippable = {};
  for (const file of files) {
    content[relative(folder, file)] = [readFileSync(file), { mtime: TIME, os: UNIX, attrs: READABLE, level: 9 }];
  }
  return zipSync(content);
}
