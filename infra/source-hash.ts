import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { formatPlatform, type Platform } from './platform.ts';

/** Everything that the code assets and the template depend on. */
const SOURCES = [
  'functions',
  'core',
  'flows',
  'formats',
  'adapters',
  'gpu-agent',
  'python/lockstep',
  'python/lockstep_task.py',
  'infra',
  'package-lock.json',
] as const;

/** Characters of a hash that name a folder: 80 bits, enough that two sources never share one. */
const HASH_LENGTH = 20;

/**
 * Hash of the names and bytes of `entries` (files or folders, relative to `root`) and of `salt`. An entry that does not
 * exist counts as empty, so that its appearance changes the hash.
 */
function sourceHash(root: string, entries: readonly string[], salt: string): string {
  const hash = createHash('sha256').update(salt);
  for (const entry of entries) {
    for (const file of filesBelow(join(root, entry))) {
      hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex').slice(0, HASH_LENGTH);
}

/** Where the code assets of the present sources are kept in a cache; see bundle.ts. */
export const bundleFolder = (root: string, { platform, cache }: { platform: Platform; cache: string }): string =>
  join(cache, 'bundle', sourceHash(root, SOURCES, formatPlatform(platform)));

/** Every file at or below `path`, sorted, without caches that tools leave beside sources. */
function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .filter((name) => name !== 'node_modules' && name !== '__pycache__')
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}
