/** The code of a deployment: what Lambda and the GPU hosts run. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A folder or a zip file that becomes an asset, and the hash that stands for its content. */
export interface CodeAsset {
  readonly path: string;
  readonly hash: string;
}

export interface Bundle {
  readonly control: CodeAsset;
  readonly inference: CodeAsset;
  readonly agent: CodeAsset;
}

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'assets');

/**
 * The code that this package was published with: `assets/<name>.zip`, and `assets/hashes.json`. Throws in a clone, where
 * bundle.ts builds it from the sources.
 */
export function publishedBundle(): Bundle {
  const file = join(FOLDER, 'hashes.json');
  if (!existsSync(file))
    throw new Error('expected the prop `bundle`: a clone has no published code, see infra/bundle.ts');
  const hashes: Readonly<Record<keyof Bundle, string>> = JSON.parse(readFileSync(file, 'utf8'));
  const asset = (name: keyof Bundle): CodeAsset => ({ path: join(FOLDER, `${name}.zip`), hash: hashes[name] });
  return { control: asset('control'), inference: asset('inference'), agent: asset('agent') };
}
