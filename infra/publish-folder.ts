import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Makes the folder `path` by `fill`, once: the content is built in a folder beside it and appears under its name by a
 * rename, so that a reader never sees half of it and of two processes that build at once one wins and the other's work
 * is discarded. The name must carry a hash of everything the content depends on.
 */
export async function publishFolder(path: string, fill: (draft: string) => Promise<void> | void): Promise<void> {
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  const draft = mkdtempSync(join(dirname(path), `.draft-${basename(path)}-`));
  try {
    await fill(draft);
    rename(draft, path);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function rename(draft: string, path: string): void {
  try {
    renameSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}
