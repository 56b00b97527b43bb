import { constants, copyFileSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LockstepError } from '#core/errors.ts';
import { counted } from '../output/counted.ts';
import type { StarterFile } from './starters.ts';

/**
 * Writes the files into a folder: all of them, or none. LS_USAGE where one of them is there already; nothing is ever
 * overwritten.
 */
export function writeStarter(folder: string, files: readonly StarterFile[]): void {
  const there = files.filter(({ name }) => isThere(join(folder, name))).map(({ name }) => name);
  if (there.length > 0) {
    throw new LockstepError('LS_USAGE', `${folder} has ${there.join(', ')} already, and nothing is overwritten`, {
      remedy: `Run it in an empty folder: it writes ${counted(files.length, 'file')}.`,
    });
  }
  const written: string[] = [];
  try {
    for (const { name, source } of files) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      copyFileSync(fileURLToPath(new URL(`./starters/${source}`, import.meta.url)), path, constants.COPYFILE_EXCL);
      written.push(path);
    }
  } catch (error) {
    for (const path of written) rmSync(path, { force: true });
    throw error;
  }
}

/** A link that leads nowhere is there too. */
const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
