import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { synthesize } from '../../infra/synth.ts';
import { type AssetPackages, PACKAGES_FILE } from '../command/place-assembly.ts';
import type { Draft } from './places.ts';

/**
 * Synthesizes the app into `assembly/` of the package. Packages with native code stay outside, because they are others on
 * each machine: `packages.json` names those of each asset.
 */
export async function writeAssembly(draft: Draft): Promise<void> {
  const outdir = mkdtempSync(join(tmpdir(), 'lockstep-assembly-'));
  try {
    await synthesize({ outdir });
    const packages: Record<string, readonly string[]> = {};
    for (const asset of readdirSync(outdir).filter((name) => name.startsWith('asset.'))) {
      const folder = join(outdir, asset, 'node_modules');
      if (existsSync(folder)) packages[asset] = readdirSync(folder).sort();
    }
    const filter = (path: string) => basename(path) !== 'node_modules';
    cpSync(outdir, join(draft.folder, 'assembly'), { recursive: true, filter });
    draft.write(join('assembly', PACKAGES_FILE), `${JSON.stringify(packages satisfies AssetPackages, null, 2)}\n`);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
