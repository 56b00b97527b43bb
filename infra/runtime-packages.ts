/**
 * Packages that bundling leaves out, because they are native code or WebAssembly beside a little JavaScript. They are
 * put into `node_modules` of the assets that need them, and only the parts that run on one platform: 47 of the 288 MB
 * of onnxruntime-node, which as a whole is more than Lambda takes.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatPlatform, type Platform } from './platform.ts';

const PARTS = {
  'onnxruntime-node': ({ os, arch }: Platform) => ['package.json', 'dist', join('bin', 'napi-v6', os, arch)],
  'onnxruntime-common': () => ['package.json', 'dist'],
  'parquet-wasm': () => ['package.json', 'node'],
} as const;

export type RuntimePackage = keyof typeof PARTS;

/** Names that a bundle imports as they are. */
export const RUNTIME_PACKAGES = Object.keys(PARTS) as readonly RuntimePackage[];

/** Puts the parts of `packages` into `<folder>/node_modules`. Throws where one has nothing for the platform. */
export function placePackages(
  root: string,
  { folder, packages, platform }: { folder: string; packages: readonly RuntimePackage[]; platform: Platform },
): void {
  for (const name of packages) {
    for (const part of PARTS[name](platform)) {
      const source = join(root, 'node_modules', name, part);
      if (!existsSync(source)) throw new Error(`${name} has no ${part}, needed on ${formatPlatform(platform)}`);
      linkTree(source, join(folder, 'node_modules', name, part));
    }
  }
}

/** `name@version` of each package: stands for its bytes in the hash of an asset. */
export function packageVersions(root: string, packages: readonly RuntimePackage[]): string {
  const version = (name: string): unknown =>
    JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
  return packages.map((name) => `${name}@${version(name)}`).join(' ');
}

/** Hard links where the file system can: the same 46 MB are in each asset of each bundle. */
function linkTree(source: string, target: string): void {
  if (statSync(source).isDirectory()) {
    for (const name of readdirSync(source)) linkTree(join(source, name), join(target, name));
    return;
  }
  if (!isNeededToRun(source)) return;
  mkdirSync(dirname(target), { recursive: true });
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}

const isNeededToRun = (file: string): boolean => !file.endsWith('.map') && !file.endsWith('.d.ts');
