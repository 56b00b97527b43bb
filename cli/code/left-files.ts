import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotCode } from './left-out.ts';
import type { CodePlace } from './place.ts';

/** A list for hints, not an inventory: what lies deeper or beyond these is not looked at. */
const FILES_MAX = 2000;
const DEPTH_MAX = 5;
const FOLDERS_MAX = 500;

/**
 * Files in the folder of a job that do not travel, in the order of a walk from the top: a task that misses one is told so.
 * Hidden names and what tools keep beside code are not among them, and what cannot be read is passed over.
 */
export async function leftFiles(folder: string, travels: (place: CodePlace) => boolean): Promise<readonly CodePlace[]> {
  const found: CodePlace[] = [];
  const folders: CodePlace[] = [''];
  for (let seen = 0; seen < FOLDERS_MAX && found.length < FILES_MAX; seen++) {
    const at = folders.shift();
    if (at === undefined) break;
    const entries = (await readdir(join(folder, at), { withFileTypes: true }).catch(() => [])).sort(byName);
    // A virtual environment has thousands of files that nobody misses by name.
    if (entries.some(({ name }) => name === 'pyvenv.cfg' || name === 'conda-meta')) continue;
    for (const entry of entries) {
      const place = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.name.startsWith('.') || isNotCode(entry.name)) continue;
      if (entry.isDirectory() && place.split('/').length < DEPTH_MAX) folders.push(place);
      else if (entry.isFile() && !travels(place) && found.length < FILES_MAX) found.push(place);
    }
  }
  return found;
}

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);
