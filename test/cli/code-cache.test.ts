import { join } from 'node:path';
import { expect, it } from 'vitest';
import { codeCacheFolder } from '../../cli/code-cache.mjs';
import { cacheFolder } from '../../infra/cache-folder.ts';

it.each([
  { LOCKSTEP_CACHE: '/a/cache' },
  { LOCKSTEP_CACHE: '', LOCKSTEP_HOME: '/a/home' },
  { LOCKSTEP_HOME: 'relative' },
  { XDG_CACHE_HOME: '/a/xdg' },
  {},
])('keeps compiled code beside what is built from the sources: %j', (env) => {
  expect(codeCacheFolder(env)).toBe(join(cacheFolder(env), 'code'));
});
