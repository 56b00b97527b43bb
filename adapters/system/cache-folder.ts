import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where this machine keeps what is made once and used by many runs; the same place as infra/cache-folder.ts, which says which. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.LOCKSTEP_CACHE) return resolve(env.LOCKSTEP_CACHE);
  if (env.LOCKSTEP_HOME) return join(resolve(env.LOCKSTEP_HOME), 'cache');
  return join(resolve(env.XDG_CACHE_HOME || join(homedir(), '.cache')), 'lockstep');
}
