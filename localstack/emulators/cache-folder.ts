import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where emulators are kept between runs: `LOCKSTEP_EMULATORS`, or a folder of the user's cache. */
const root = (): string =>
  process.env.LOCKSTEP_EMULATORS ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lockstep', 'emulators');

/**
 * The folder `<name>-<hash of the files that it is made from>`. If it is not there, `make` fills one beside it, which
 * becomes visible by one rename: a folder that is there is whole. Of two that make it at once the first one stays.
 */
export async function cached(
  name: string,
  sources: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256');
  for (const file of sources) hash.update(readFileSync(file)).update('\0');
  const folder = join(root(), `${name}-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    await make(draft);
    renameSync(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}
