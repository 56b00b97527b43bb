import { copyFileSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Draft, ROOT } from './places.ts';

/** What Lockstep runs on, as onnxruntime-node names it. */
const PLATFORMS = ['linux/x64', 'linux/arm64', 'darwin/arm64'];

/**
 * Puts onnxruntime-node into the package itself, as a bundled dependency: without Windows (half of its 290 MB), and
 * without its install script, which downloads CUDA libraries that Lockstep does not use and fails the whole installation
 * where it cannot. Two packages that only that script needs go with it.
 */
export function bundleOnnxruntime(draft: Draft): void {
  const at = (name: string) => join('node_modules', name);
  const {
    scripts: _,
    devDependencies: __,
    dependencies,
    ...manifest
  } = JSON.parse(readFileSync(join(ROOT, at('onnxruntime-node'), 'package.json'), 'utf8'));
  const kept = { 'onnxruntime-common': dependencies['onnxruntime-common'] };
  draft.write(
    join(at('onnxruntime-node'), 'package.json'),
    `${JSON.stringify({ ...manifest, dependencies: kept }, null, 2)}\n`,
  );
  const parts = ['README.md', 'dist', ...PLATFORMS.map((platform) => join('bin', 'napi-v6', platform))];
  for (const part of parts) copyTree(join(at('onnxruntime-node'), part), draft);
  for (const part of ['README.md', 'package.json', 'dist']) copyTree(join(at('onnxruntime-common'), part), draft);
}

function copyTree(path: string, draft: Draft): void {
  const source = join(ROOT, path);
  if (statSync(source).isDirectory()) {
    for (const name of readdirSync(source)) copyTree(join(path, name), draft);
    return;
  }
  if (source.endsWith('.map')) return;
  const target = join(draft.folder, path);
  mkdirSync(dirname(target), { recursive: true });
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}
