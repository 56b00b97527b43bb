import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPlatform, type Platform } from './platform.ts';

const PACKAGES = ['onnxruntime-node', 'onnxruntime-common'] as const;

/**
 * Copies onnxruntime into `<folder>/node_modules` with the native code of one platform: 47 MB of the 288 MB that the
 * package holds for all of them, which is more than Lambda takes.
 */
export function copyOnnxruntime(root: string, folder: string, platform: Platform): void {
  const modules = join(root, 'node_modules');
  const native = join('bin', 'napi-v6', platform.os, platform.arch);
  if (!existsSync(join(modules, 'onnxruntime-node', native))) {
    throw new Error(`onnxruntime-node has no native code for ${formatPlatform(platform)}`);
  }
  for (const name of PACKAGES) {
    for (const part of ['package.json', 'dist']) copyPart(modules, folder, join(name, part));
  }
  copyPart(modules, folder, join('onnxruntime-node', native));
}

/** Version of the package that is installed; part of the hash of every asset that holds it. */
export function onnxruntimeVersion(root: string): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(root, 'node_modules', 'onnxruntime-node', 'package.json'), 'utf8'),
  );
  return (manifest as { version: string }).version;
}

function copyPart(modules: string, folder: string, part: string): void {
  cpSync(join(modules, part), join(folder, 'node_modules', part), {
    recursive: true,
    filter: (source) => !source.endsWith('.map') && !source.endsWith('.d.ts'),
  });
}
