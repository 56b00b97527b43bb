import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';

/** A code package of files by path. */
export async function archiveOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-package-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    return (await create({ gzip: true, cwd: folder }, ['.']).concat()) as Buffer;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
