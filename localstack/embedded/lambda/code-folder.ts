import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FunctionCode } from '../template/function.ts';
import { unpackedAsset } from '../template/unpack-asset.ts';

/**
 * The folder that a function's code can run in. Node takes a `.js` file for what the nearest package.json says, and an
 * asset without one of its own lies below the package.json of the project: there CommonJS would be read as ES modules.
 * Such an asset is copied into `copiesDir` with a package.json that says what Lambda assumes.
 */
export function codeFolder(code: FunctionCode, copiesDir: string): string {
  if ('inline' in code) return inlineFolder(code.inline, copiesDir);
  const codeDir = unpackedAsset(code.path, copiesDir);
  const isAmbiguous =
    !existsSync(join(codeDir, 'package.json')) && readdirSync(codeDir).some((file) => file.endsWith('.js'));
  if (!isAmbiguous) return codeDir;
  const copy = join(copiesDir, `commonjs-${basename(codeDir)}`);
  if (!existsSync(copy)) {
    cpSync(codeDir, copy, { recursive: true });
    writeFileSync(join(copy, 'package.json'), '{"type":"commonjs"}\n');
  }
  return copy;
}

/** Code in a template is a CommonJS module called `index`. */
function inlineFolder(text: string, copiesDir: string): string {
  const folder = join(copiesDir, `inline-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.cjs'), text);
  return folder;
}
