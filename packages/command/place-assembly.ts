import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Beside the published assembly: asset folder → the packages that its code imports as they are. */
export const PACKAGES_FILE = 'packages.json';

export type AssetPackages = Readonly<Record<string, readonly string[]>>;

/**
 * Makes the published assembly complete at `target`. What needs packages with native code is copied, and gets them by
 * links to where npm has put those that fit this machine; the rest, which is most of it, is linked as it is.
 */
export function placeAssembly(published: string, target: string): string {
  mkdirSync(target, { recursive: true });
  const packages: AssetPackages = JSON.parse(readFileSync(join(published, PACKAGES_FILE), 'utf8'));
  for (const entry of readdirSync(published)) {
    if (packages[entry] === undefined) symlinkSync(join(published, entry), join(target, entry));
    else cpSync(join(published, entry), join(target, entry), { recursive: true });
  }
  for (const [asset, names] of Object.entries(packages)) {
    mkdirSync(join(target, asset, 'node_modules'));
    for (const name of names) symlinkSync(packageFolder(name), join(target, asset, 'node_modules', name), 'dir');
  }
  return target;
}

/** Folders in which Node looks for the packages of this one. */
export const packageFolders = (): readonly string[] =>
  (createRequire(import.meta.url).resolve.paths('any') ?? []).filter((folder) => existsSync(folder));

/** By its place: not every package lets its package.json be resolved. */
function packageFolder(name: string): string {
  const found = packageFolders().find((folder) => existsSync(join(folder, name)));
  if (found !== undefined) return join(found, name);
  throw new Error(`the package ${name} is not installed beside Lockstep: install Lockstep again`);
}
