import { join } from 'node:path';
import { writeDeclarations } from './declarations.ts';
import { versionsOf, writeManifest } from './manifest.ts';
import type { Draft } from './places.ts';
import { buildScripts } from './scripts.ts';
import { thirdPartyLicences } from './third-party.ts';

const BESIDE = ['apache-arrow', 'parquet-wasm'];

/** `@lockstep/task`: what a task module imports. */
export async function buildTask(draft: Draft): Promise<void> {
  const build = await buildScripts({
    ...{ outdir: join(draft.folder, 'dist'), format: 'esm', target: 'node20' },
    ...{ entries: { task: 'gpu-agent/sdk/index.ts' }, external: BESIDE },
  });
  writeDeclarations(draft, ['gpu-agent/sdk/index.ts']);
  draft.write('THIRD-PARTY-LICENCES.txt', thirdPartyLicences([build]));
  writeManifest(draft, {
    name: '@lockstep/task',
    description:
      'What a task of a Lockstep training gang imports: rank, barrier, allReduce, shards, checkpoints, result',
    type: 'module',
    exports: {
      '.': { types: './types/gpu-agent/sdk/index.d.ts', default: './dist/task.js' },
      './package.json': './package.json',
    },
    dependencies: versionsOf(...BESIDE),
    readme: 'task/README.md',
  });
}
