/**
 * Where this installation of Lockstep has its parts. Here it is a clone, whose sources run as they stand; an installed
 * package holds packages/command/installation.ts in place of this file, and nothing else differs between the two.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { codeCacheFolder } from './code-cache.mjs';

export interface Installation {
  /** Entry of the task SDK: what `lockstep/task` stands for in a task module. */
  readonly taskSdk: string;
  /** Folders of packages in which a module of the user's finds what it has not itself. */
  readonly packages: readonly string[];
  /** URL of the module that is preloaded into prepare commands, see package-hooks.ts. */
  readonly packageHooks: string;
  /** Folder of the synthesized app that the local cloud runs. It may be made below `folder`, which goes with the cloud. */
  assembly(folder: string, signal?: AbortSignal): Promise<string>;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const installation: Installation = {
  taskSdk: join(ROOT, 'gpu-agent', 'sdk', 'index.ts'),
  packages: [join(ROOT, 'node_modules')],
  packageHooks: new URL('package-hooks.ts', import.meta.url).href,
  // In a process of its own, because CDK is slow to load and to be rid of; made again only if the sources have changed.
  async assembly(_folder, signal) {
    const script = join(ROOT, 'infra', 'synth.ts');
    const env = { ...process.env, NODE_COMPILE_CACHE: codeCacheFolder() };
    const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: ROOT, env, signal });
    return stdout.trim().split('\n').at(-1) ?? '';
  },
};
