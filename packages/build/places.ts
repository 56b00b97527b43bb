import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the clone. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A package that is being built: a folder as npm packs it. */
export interface Draft {
  readonly folder: string;
  write(path: string, text: string | Uint8Array): void;
}

/** An empty folder for a package. */
export function newDraft(folder: string): Draft {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return {
    folder,
    write(path, content) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    },
  };
}
