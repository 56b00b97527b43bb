import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { installation } from '../installation.ts';
import { missing, notThere } from './refusal.ts';

/** Packages with native code or wasm: not bundled, the agent has them beside the code package. */
const BESIDE = ['onnxruntime-node', 'onnxruntime-common', 'parquet-wasm'];

/** Makes a task module one file that runs by itself. LS_JOB_COMMAND_MISSING where it is not there or cannot be bundled. */
export async function bundle(module: string, outfile: string): Promise<void> {
  if (!existsSync(module)) throw notThere(`task.module is ${module}, and there is no such file`, module);
  try {
    await build({
      ...{ entryPoints: [module], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node24' },
      ...{ external: BESIDE, logLevel: 'silent', sourcemap: 'inline', sourcesContent: false },
      alias: { 'lockstep/task': installation.taskSdk, ...taskPackage(module) },
      // A module finds the packages of Lockstep where it has none of its own.
      nodePaths: [...installation.packages],
      // A name that no module has itself: esbuild does not know those of a banner.
      banner: {
        js: "import { createRequire as __taskRequire } from 'node:module'; const require = __taskRequire(import.meta.url);",
      },
    });
  } catch (cause) {
    throw missing(`task.module cannot be bundled: ${(cause as Error).message}`);
  }
}

/** `@lockstep/task` is the module's own where it is installed; otherwise it is the SDK that came with this command. */
function taskPackage(module: string): Readonly<Record<string, string>> {
  try {
    createRequire(module).resolve('@lockstep/task');
    return {};
  } catch {
    return { '@lockstep/task': installation.taskSdk };
  }
}
