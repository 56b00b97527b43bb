import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where what is built from the sources is kept, and taken from again while they are the same: LOCKSTEP_CACHE where that is
 * set, or else `cache` in LOCKSTEP_HOME where that is, otherwise `lockstep` in the user's own cache (XDG_CACHE_HOME, `~/.cache`). Never in the sources: a
 * clone may be read only, or shared. An empty variable is one that is not set.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.LOCKSTEP_CACHE) return resolve(env.LOCKSTEP_CACHE);
  if (env.LOCKSTEP_HOME) return join(resolve(env.LOCKSTEP_HOME), 'cache');
  return join(resolve(env.XDG_CACHE_HOME || join(homedir(), '.cache')), 'lockstep');
}
