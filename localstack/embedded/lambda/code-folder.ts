import { cpSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * The folder that a function's code can run in. Node takes a `.js` file for what the nearest package.json says, and an
 * asset without one of its own lies below the package.json of the project: there CommonJS would be read as ES modules.
 * Such an asset is copied into `copiesDir` with a package.json that says what Lambda assumes.
 */
export function codeFolder(codeDir: string, copiesDir: string): string {
  const isAmbiguous =
    !existsSync(join(codeDir, 'package.json')) && readdirSync(codeDir).some((file) => file.endsWith('.js'));
  if (!isAmbiguous) return codeDir;
  const copy = join(copiesDir, basename(codeDir));
  if (!existsSync(copy)) {
    cpSync(codeDir, copy, { recursive: true });
    writeFileSync(join(copy, 'package.json'), '{"type":"commonjs"}\n');
  }
  return copy;
}
