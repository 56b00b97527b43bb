import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

/** The folder of an asset. One that is a zip file, as a package brings it, is unpacked below `folder` once. */
export function unpackedAsset(path: string, folder: string): string {
  if (statSync(path).isDirectory()) return path;
  const target = join(folder, basename(path, '.zip'));
  if (existsSync(target)) return target;
  mkdirSync(folder, { recursive: true });
  const draft = mkdtempSync(join(folder, '.unpacking-'));
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(path)))) {
    const file = join(draft, name);
    if (!file.startsWith(`${draft}/`)) throw new Error(`${path} holds ${name}, which lies outside of it`);
    if (name.endsWith('/')) mkdirSync(file, { recursive: true });
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
  }
  renameSync(draft, target);
  return target;
}
