/**
 * Turns the sources into the three code assets of the stack: `control` and `inference` for Lambda, `agent` for the GPU
 * hosts. No Docker and no network: esbuild bundles, packages with native code are put beside it for one platform.
 * The result is kept in `bundle/<hash of the sources>/` of the cache and used again while the sources are the same.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { cacheFolder } from './cache-folder.ts';
import type { Bundle, CodeAsset } from './code-assets.ts';
import { CONTROL_FUNCTIONS, INFERENCE_FUNCTIONS, STREAM_FUNCTIONS } from './function-names.ts';
import { formatPlatform, type Platform } from './platform.ts';
import { publishFolder } from './publish-folder.ts';
import { packageVersions, placePackages, RUNTIME_PACKAGES, type RuntimePackage } from './runtime-packages.ts';
import { bundleFolder } from './source-hash.ts';

/** Tasks use the agent's packages, see gpu-agent/workspace.ts: these are for them as much as for the agent. */
const AGENT_PACKAGES: readonly RuntimePackage[] = RUNTIME_PACKAGES;
const INFERENCE_PACKAGES: readonly RuntimePackage[] = RUNTIME_PACKAGES;

/** What Python tasks import: the package and its older name. */
const PYTHON_CLIENT = ['lockstep', 'lockstep_task.py'] as const;

export interface BundleOptions {
  /** What native code in the assets is for. */
  readonly platform: Platform;
  /** @default - that of this user, see cache-folder.ts */
  readonly cache?: string;
}

/** The bundle of the sources below `root`, built if it is not there. Throws where a source file is missing. */
export async function bundle(root: string, { platform, cache = cacheFolder() }: BundleOptions): Promise<Bundle> {
  const folder = bundleFolder(root, { platform, cache });
  await publishFolder(folder, (draft) => {
    buildControl(root, join(draft, 'control'));
    buildInference(root, join(draft, 'inference'), platform);
    buildAgent(root, join(draft, 'agent'), platform);
  });
  const native = (packages: readonly RuntimePackage[]): string =>
    `${packageVersions(root, packages)} for ${formatPlatform(platform)}`;
  return {
    control: asset(join(folder, 'control'), 'control'),
    inference: asset(join(folder, 'inference'), `inference ${native(INFERENCE_PACKAGES)}`),
    agent: asset(join(folder, 'agent'), `agent ${native(AGENT_PACKAGES)}`),
  };
}

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  treeShaking: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: [...RUNTIME_PACKAGES],
};

/** Lambda assets are CommonJS: files are named `.cjs`, so that no package.json around them can say otherwise. */
const commonJs: BuildOptions = {
  ...shared,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': 'moduleUrl', 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
};

/** An ES module that holds CommonJS packages needs a `require`. */
const esModule: BuildOptions = {
  ...shared,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  banner: {
    js: "import { createRequire as __agentRequire } from 'node:module'; const require = __agentRequire(import.meta.url);",
  },
};

function buildControl(root: string, outdir: string): void {
  buildSync({ ...commonJs, absWorkingDir: root, outdir, entryPoints: functionEntries(root, CONTROL_FUNCTIONS) });
}

function buildInference(root: string, outdir: string, platform: Platform): void {
  const entryPoints = {
    ...functionEntries(root, [...INFERENCE_FUNCTIONS, ...STREAM_FUNCTIONS]),
    ...workerEntries(root),
  };
  buildSync({ ...commonJs, absWorkingDir: root, outdir, entryPoints });
  copyPython(existing(root, 'adapters/predictors/python/runner'), join(outdir, 'runner'));
  placePackages(root, { folder: outdir, packages: INFERENCE_PACKAGES, platform });
}

function buildAgent(root: string, outdir: string, platform: Platform): void {
  buildSync({ ...esModule, absWorkingDir: root, outdir, entryPoints: { agent: existing(root, 'gpu-agent/main.ts') } });
  const runner = { 'partition-runner': existing(root, 'gpu-agent/inference/partition-runner.ts') };
  buildSync({ ...commonJs, absWorkingDir: root, outdir, entryPoints: { ...runner, ...workerEntries(root) } });
  copyPython(existing(root, 'adapters/predictors/python/runner'), join(outdir, 'runner'));
  for (const name of PYTHON_CLIENT) {
    copyPython(existing(root, join('python', name)), join(outdir, 'python', name));
  }
  placePackages(root, { folder: outdir, packages: AGENT_PACKAGES, platform });
}

function copyPython(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => basename(path) !== '__pycache__' });
}

const functionEntries = (root: string, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, existing(root, `functions/${name}.ts`)]));

/** Threads of predictors and of the Parquet decoder, which look for their program beside whoever starts them. */
const workerEntries = (root: string): Record<string, string> => ({
  'run-worker': existing(root, 'adapters/predictors/onnx/run-worker.ts'),
  'module-worker': existing(root, 'adapters/predictors/module/module-worker.ts'),
  'parquet-worker': existing(root, 'adapters/parquet/parquet-worker.ts'),
});

function existing(root: string, path: string): string {
  const file = join(root, path);
  if (!existsSync(file)) throw new Error(`cannot bundle: ${path} does not exist`);
  return file;
}

/** `salt` names the packages in node_modules, which saves reading them; everything else counts by its bytes. */
function asset(folder: string, salt: string): CodeAsset {
  const hash = createHash('sha256').update(salt);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  for (const name of files.filter((file) => !file.startsWith(`node_modules${sep}`)).sort()) {
    hash.update(`\0${name}\0`).update(readFileSync(join(folder, name)));
  }
  return { path: folder, hash: hash.digest('hex') };
}
