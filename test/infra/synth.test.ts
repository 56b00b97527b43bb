/** Synthesizes the real app with the real bundle, as the local cloud does. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../../infra/bundle.ts';
import { cacheFolder } from '../../infra/cache-folder.ts';
import { CONTROL_FUNCTIONS, INFERENCE_FUNCTIONS } from '../../infra/function-names.ts';
import { LAMBDA_PLATFORM } from '../../infra/platform.ts';
import { synthesize } from '../../infra/synth.ts';
import { loadAssembly } from '../../localstack/embedded/template/assembly.ts';
import { loadStack } from '../../localstack/embedded/template/stack.ts';

const SYNTH_MS = 120_000;
const scratch = mkdtempSync(join(tmpdir(), 'lockstep-synth-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let assembly: string;
let assets: Readonly<Record<'control' | 'inference' | 'agent', string>>;

beforeAll(async () => {
  [assembly = ''] = await Promise.all([synthesize(), synthesize()]);
  const manifest = JSON.parse(readFileSync(join(assembly, 'Lockstep.assets.json'), 'utf8'));
  const files = Object.values(manifest.files) as { readonly source: { readonly path: string } }[];
  const folder = (name: string) =>
    files.map(({ source }) => source.path).find((path) => path.endsWith(`/${name}`)) ?? '';
  assets = { control: folder('control'), inference: folder('inference'), agent: folder('agent') };
}, SYNTH_MS);

test('two at once make one assembly, and a third takes it as it is', async () => {
  const before = statSync(join(assembly, 'manifest.json'));
  expect(await synthesize()).toBe(assembly);
  expect(statSync(join(assembly, 'manifest.json'))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  expect(readdirSync(join(assembly, '..')).filter((name) => name.startsWith(`.draft-${basename(assembly)}`))).toEqual(
    [],
  );
});

test('nothing of the template is left out by the local cloud', () => {
  const stack = loadStack(loadAssembly(assembly), { queueUrl: (name) => `http://127.0.0.1:1/0/${name}` });
  expect(stack.notEmulated).toEqual([]);
  expect(stack.functions.length).toBe(CONTROL_FUNCTIONS.length + INFERENCE_FUNCTIONS.length);
});

test('every function of the template is in its asset and can be loaded where nothing of this repository is', () => {
  for (const name of ['control', 'inference'] as const) {
    cpSync(assets[name], join(scratch, name), { recursive: true, dereference: true });
  }
  const handlers = [
    ...CONTROL_FUNCTIONS.map((name) => join(scratch, 'control', `${name}.cjs`)),
    ...INFERENCE_FUNCTIONS.map((name) => join(scratch, 'inference', `${name}.cjs`)),
  ];
  const script = `for (const file of ${JSON.stringify(handlers)}) console.log(typeof require(file).handler)`;
  const env = { PATH: process.env.PATH };
  const printed = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', cwd: scratch, env });
  expect(printed.trim().split('\n')).toEqual(handlers.map(() => 'function'));
});

test('native code is there for one platform, and within what Lambda takes', () => {
  const native = join(assets.inference, 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6');
  expect(readdirSync(native)).toEqual([process.platform]);
  expect(readdirSync(join(native, process.platform))).toEqual([process.arch]);
  expect(sizeOf(assets.inference)).toBeLessThan(80 * 1024 * 1024);
});

test('the agent is one module with the packages that tasks use and the Python client', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--check', join(assets.agent, 'agent.mjs')], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(readdirSync(join(assets.agent, 'node_modules')).sort()).toEqual([
    ...['onnxruntime-common', 'onnxruntime-node', 'parquet-wasm'],
  ]);
  for (const name of ['lockstep/__init__.py', 'lockstep/task/context.py', 'lockstep_task.py']) {
    expect(existsSync(join(assets.agent, 'python', name))).toBe(true);
  }
});

test(
  'synthesis into a folder of one’s own holds its assets, and the deployment gives the stack its name',
  async () => {
    const outdir = join(scratch, 'out');
    expect(await synthesize({ outdir, context: { deployment: 'Blue' } })).toBe(outdir);
    const template = JSON.parse(readFileSync(join(outdir, 'Blue.template.json'), 'utf8'));
    expect(template.Outputs.DeploymentName).toEqual({ Value: 'Blue' });
    expect(readdirSync(outdir).filter((name) => name.startsWith('asset.'))).toHaveLength(3);
  },
  SYNTH_MS,
);

test('sources that lack a function are refused by name, and leave no bundle', async () => {
  await expect(bundle(scratch, { platform: LAMBDA_PLATFORM, cache: scratch })).rejects.toThrow(
    'functions/validate-job.ts does not exist',
  );
  expect(readdirSync(join(scratch, 'bundle'))).toEqual([]);
});

function sizeOf(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

test('the cache lies in LOCKSTEP_HOME, otherwise in the user’s own; nothing is written beside the sources', () => {
  expect(cacheFolder({ LOCKSTEP_CACHE: '/cache', LOCKSTEP_HOME: '/state' })).toBe('/cache');
  expect(cacheFolder({ LOCKSTEP_HOME: '/state', XDG_CACHE_HOME: '/xdg' })).toBe('/state/cache');
  expect(cacheFolder({ LOCKSTEP_HOME: '', XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/lockstep');
  expect(cacheFolder({})).toBe(join(homedir(), '.cache', 'lockstep'));
  expect(relative(process.cwd(), assembly)).toMatch(/^\.\./);
});
