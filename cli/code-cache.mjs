// Plain JavaScript, because it runs before anything that would have to be compiled.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where Node keeps the code that it has compiled, of this program and of the functions of its local clouds: loading them is
 * half of what a small run takes. In the cache folder that infra/cache-folder.ts describes.
 */
export function codeCacheFolder(env = process.env) {
  if (env.LOCKSTEP_CACHE) return join(resolve(env.LOCKSTEP_CACHE), 'code');
  if (env.LOCKSTEP_HOME) return join(resolve(env.LOCKSTEP_HOME), 'cache', 'code');
  return join(resolve(env.XDG_CACHE_HOME || join(homedir(), '.cache')), 'lockstep', 'code');
}

/**
 * Lets this process take compiled code from there, and leave it, once a local cloud has made the folder: a command that only
 * looks makes none.
 */
export function keepCompiledCode() {
  const folder = codeCacheFolder();
  if (existsSync(folder)) module.enableCompileCache(folder);
}
