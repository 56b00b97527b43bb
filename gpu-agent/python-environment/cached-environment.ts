import { randomUUID } from 'node:crypto';
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** An environment that nobody has asked for in this time is removed when another is made. */
const UNUSED_MS = 30 * 24 * 3600 * 1000;
/** No build takes as long. */
const LEFT_MS = 24 * 3600 * 1000;
const LOOK_EVERY_MS = 100;

/**
 * The folder of the environment `key` below `cache`, made by `fill` if it is not there. An environment holds its own path
 * in its programs, so it is made where it stays, and appears under its key, a link, once it is whole: a build that was
 * killed leaves nothing that anybody takes for one. Of processes of this machine that want the same, one makes it and the
 * others wait.
 */
export async function cachedEnvironment(
  cache: string,
  key: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  await mkdir(cache, { recursive: true });
  const link = join(cache, key);
  while (true) {
    const there = await environmentAt(link);
    if (there !== undefined) return there;
    await using lock = await take(`${link}.lock`);
    if (lock === undefined) {
      await delay(LOOK_EVERY_MS);
      continue;
    }
    const made = (await environmentAt(link)) ?? (await make(link, fill));
    await removeUnused(cache);
    return made;
  }
}

async function make(link: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = `${link}-${randomUUID().slice(0, 8)}`;
  try {
    await fill(folder);
    const others = await environmentAt(link);
    if (others === undefined) {
      // A link to an environment that somebody has removed.
      await rm(link, { force: true });
      await symlink(basename(folder), link);
      return folder;
    }
    await rm(folder, { recursive: true, force: true });
    return others;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Where the link leads; it counts as used now. */
async function environmentAt(link: string): Promise<string | undefined> {
  const target = await readlink(link).catch(() => undefined);
  if (target === undefined) return undefined;
  const folder = join(link, '..', target);
  const now = new Date();
  const isThere = await utimes(folder, now, now).then(
    () => true,
    () => false,
  );
  return isThere ? folder : undefined;
}

/** A lock file with the id of its process. Undefined where a living process has it; that of a dead one is removed. */
async function take(path: string): Promise<AsyncDisposable | undefined> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = Number(await readFile(path, 'utf8').catch(() => ''));
  // An empty file is one whose process is about to write its id, unless that has taken far too long.
  const isFresh = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0) < 5_000;
  if (!(holder > 0 ? isAlive(holder) : isFresh)) await unlink(path).catch(() => {});
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Environments that have not been used for long, and those that no link leads to, which killed builds left. */
async function removeUnused(cache: string): Promise<void> {
  const names = await readdir(cache);
  const links = names.filter((name) => /^[0-9a-f]{32}$/.test(name));
  const linked = new Map<string, string>();
  for (const link of links) linked.set(await readlink(join(cache, link)).catch(() => ''), link);
  for (const name of names.filter((one) => /^[0-9a-f]{32}-[0-9a-f]{8}(\.wheels(\.tar)?)?$/.test(one))) {
    const link = linked.get(name);
    const ageMs = Date.now() - ((await lstat(join(cache, name)).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (ageMs < (link === undefined ? LEFT_MS : UNUSED_MS)) continue;
    if (link !== undefined) await rm(join(cache, link), { force: true });
    await rm(join(cache, name), { recursive: true, force: true });
  }
}
