import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A folder that no process has asked for in this time is removed when another is made beside it. */
const UNUSED_MS = 3 * 24 * 3600 * 1000;

/**
 * Makes the folder `path` by `fill`, once: the content is built in a folder beside it and appears under its name by a
 * rename, so that a reader never sees half of it and of two processes that build at once one wins and the other's work
 * is discarded. The name must carry a hash of everything the content depends on.
 */
export async function publishFolder(path: string, fill: (draft: string) => Promise<void> | void): Promise<void> {
  if (keepFolder(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  removeUnused(dirname(path));
  const draft = mkdtempSync(join(dirname(path), `.draft-${basename(path)}-`));
  try {
    await fill(draft);
    rename(draft, path);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** True if the folder is there; it then counts as used now. */
export function keepFolder(path: string): boolean {
  if (!existsSync(path)) return false;
  const now = new Date();
  utimesSync(path, now, now);
  return true;
}

/** Drafts of killed processes go the same way. */
function removeUnused(parent: string): void {
  const before = Date.now() - UNUSED_MS;
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before) < before)
      rmSync(path, { recursive: true, force: true });
  }
}

function rename(draft: string, path: string): void {
  try {
    renameSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}
