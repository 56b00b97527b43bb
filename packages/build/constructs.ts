import { join } from 'node:path';
import { bundle } from '../../infra/bundle.ts';
import { LAMBDA_PLATFORM } from '../../infra/platform.ts';
import { writeDeclarations } from './declarations.ts';
import { versionsOf, writeManifest } from './manifest.ts';
import { type Draft, ROOT } from './places.ts';
import { buildScripts } from './scripts.ts';
import { zipFolder } from './zip.ts';

/**
 * `@lockstep/constructs`: the CDK constructs, with the code of functions and hosts as zip files. CommonJS, because most
 * CDK apps are, and because two copies of one class would not know each other's objects.
 */
export async function buildConstructs(draft: Draft): Promise<void> {
  await buildScripts({
    ...{ outdir: join(draft.folder, 'dist'), format: 'cjs', target: 'node20' },
    ...{ entries: { index: 'infra/index.ts' }, external: ['aws-cdk-lib', 'constructs'] },
  });
  const assets = await bundle(ROOT, { platform: LAMBDA_PLATFORM });
  for (const [name, { path }] of Object.entries(assets)) draft.write(`dist/assets/${name}.zip`, zipFolder(path));
  const hashes = Object.fromEntries(Object.entries(assets).map(([name, { hash }]) => [name, hash]));
  draft.write('dist/assets/hashes.json', `${JSON.stringify(hashes, null, 2)}\n`);
  writeDeclarations(draft, ['infra/index.ts']);
  const { 'aws-cdk-lib': cdk, constructs } = versionsOf('aws-cdk-lib', 'constructs');
  writeManifest(draft, {
    name: '@lockstep/constructs',
    description: 'CDK constructs of Lockstep: gang-scheduled GPU training and Arrow inference in stacks of your own',
    main: 'dist/index.js',
    types: 'types/infra/index.d.ts',
    peerDependencies: { 'aws-cdk-lib': `^${cdk}`, constructs: `^${constructs}` },
    readme: 'constructs/README.md',
  });
}
