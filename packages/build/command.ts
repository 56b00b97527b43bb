import { chmodSync, copyFileSync, cpSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeAssembly } from './assembly.ts';
import { writeDeclarations } from './declarations.ts';
import { nodePackages, versionsOf, writeManifest } from './manifest.ts';
import { bundleOnnxruntime } from './onnxruntime.ts';
import { type Draft, ROOT } from './places.ts';
import { buildScripts } from './scripts.ts';
import { thirdPartyLicences } from './third-party.ts';

/** In the package itself, see onnxruntime.ts. */
const BUNDLED = ['onnxruntime-node', 'onnxruntime-common'];
/** Native code, WebAssembly, or packages that load their own files: installed beside. */
const BESIDE = ['@duckdb/node-api', 'apache-arrow', 'dynalite', 'esbuild', 'htm', 'parquet-wasm'];

const REPLACE = { 'cli/installation.ts': 'packages/command/installation.ts' };

/** `lockstep`: the command, the local cloud as a library, and the task SDK for those who have the command. */
export async function buildCommand(draft: Draft): Promise<void> {
  const outdir = join(draft.folder, 'dist');
  const external = [...BUNDLED, ...BESIDE];
  const esm = { outdir, external, replace: REPLACE, format: 'esm' } as const;
  const builds = [
    await buildScripts({
      ...esm,
      holdsCommonJs: true,
      entries: { main: 'cli/main.ts', serve: 'packages/local/serve.ts', 'package-hooks': 'cli/package-hooks.ts' },
    }),
    await buildScripts({
      ...esm,
      entries: { local: 'packages/local/start-local-cloud.ts', task: 'gpu-agent/sdk/index.ts' },
      target: 'node20',
    }),
    await buildScripts({
      ...esm,
      ...{ entries: { local: 'packages/local/start-local-cloud.ts' }, format: 'cjs', ending: '.cjs', target: 'node20' },
    }),
    await buildScripts({
      ...esm,
      ...{ format: 'cjs', ending: '.cjs' },
      entries: {
        'run-worker': 'adapters/predictors/onnx/run-worker.ts',
        'module-worker': 'adapters/predictors/module/module-worker.ts',
        'parquet-worker': 'adapters/parquet/parquet-worker.ts',
      },
    }),
  ];
  copyFileSync(join(ROOT, 'localstack/embedded/lambda/runtime-client.mjs'), join(outdir, 'runtime-client.mjs'));
  const filter = (path: string) => basename(path) !== '__pycache__';
  cpSync(join(ROOT, 'adapters/predictors/python/runner'), join(outdir, 'runner'), { recursive: true, filter });
  for (const file of ['with-node.mjs', 'node-program.mjs', 'code-cache.mjs'])
    copyFileSync(join(ROOT, 'cli', file), join(outdir, file));
  cpSync(join(ROOT, 'cli/dashboard/page'), join(outdir, 'page'), { recursive: true });
  cpSync(join(ROOT, 'cli/init/starters'), join(outdir, 'starters'), { recursive: true });
  draft.write('dist/lockstep.mjs', readFileSync(join(ROOT, 'packages/command/lockstep.mjs')));
  chmodSync(join(outdir, 'lockstep.mjs'), 0o755);
  await writeAssembly(draft);
  bundleOnnxruntime(draft);
  writeDeclarations(draft, ['gpu-agent/sdk/index.ts', 'packages/local/start-local-cloud.ts']);
  draft.write('THIRD-PARTY-LICENCES.txt', thirdPartyLicences(builds));
  writeManifest(draft, manifest());
}

const manifest = () => ({
  name: 'lockstep',
  description:
    'Gang-scheduled GPU training and Arrow inference as AWS Step Functions workflows: the command, and a local cloud',
  type: 'module',
  bin: { lockstep: 'dist/lockstep.mjs' },
  exports: {
    './task': { types: './types/gpu-agent/sdk/index.d.ts', default: './dist/task.js' },
    './local': {
      types: './types/packages/local/start-local-cloud.d.ts',
      import: './dist/local.js',
      require: './dist/local.cjs',
    },
    './package.json': './package.json',
  },
  dependencies: versionsOf('onnxruntime-node', ...BESIDE),
  bundleDependencies: ['onnxruntime-node'],
  optionalDependencies: nodePackages(),
  readme: 'command/README.md',
});
