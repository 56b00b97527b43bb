import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A user's own copy of examples/digits, in a folder outside the repository. */
export interface ExampleCopy {
  readonly folder: string;
  /** Path of a file of the copy. */
  path(name: string): string;
  /** Replaces text in a file of the copy; throws if it is not there, so that a test cannot change nothing. */
  edit(name: string, from: string, to: string): void;
  remove(): void;
}

/** A copy with its data, which is made in the repository first if it is not there. `name` becomes part of its path. */
export function copyExample(name = ''): ExampleCopy {
  execFileSync(process.execPath, ['prepare.ts'], { cwd: 'examples/digits' });
  const folder = mkdtempSync(join(tmpdir(), `lockstep-example-${name}`));
  cpSync('examples/digits', folder, { recursive: true });
  const path = (name: string) => join(folder, name);
  return {
    folder,
    path,
    edit: (name, from, to) => {
      const text = readFileSync(path(name), 'utf8');
      if (!text.includes(from)) throw new Error(`${name} does not contain ${JSON.stringify(from)}`);
      writeFileSync(path(name), text.replace(from, to));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
