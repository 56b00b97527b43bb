import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Guardian } from '#adapters/process/guardian.ts';
import { ACCOUNT, REGION } from '../embedded/template/account.ts';
import { runCommand } from './command.ts';
import { clientEnv, withoutAws } from './emulator.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const STACK = 'Lockstep';

/** The CDK's own command line, pointed at an emulator, with its output folder apart from everybody else's. */
export interface Deployer {
  /** Folder of the assembly, once something was deployed. */
  readonly assembly: string;
  /** File that names the outputs of the stack by its name. */
  readonly outputsFile: string;
  bootstrap(): Promise<void>;
  /** Deploys the app as it stands and returns the outputs of its stack. */
  deploy(): Promise<Readonly<Record<string, string>>>;
  destroy(): Promise<void>;
}

export function deployer(guardian: Guardian, url: string, folder: string): Deployer {
  const assembly = join(folder, 'cdk.out');
  const outputsFile = join(folder, 'outputs.json');
  const cdk = (name: string, ...args: readonly string[]) =>
    runCommand(
      guardian,
      [process.execPath, 'cli/with-node.mjs', 'cdk', name, ...args, '--output', assembly, '--no-notices'],
      { cwd: ROOT, env: { ...withoutAws(), ...clientEnv(url) }, log: join(folder, `cdk-${name}.log`) },
    );
  return {
    assembly,
    outputsFile,
    bootstrap: async () => void (await cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`)),
    async deploy() {
      await cdk('deploy', STACK, ...platform(), '--require-approval', 'never', '--outputs-file', outputsFile);
      return JSON.parse(readFileSync(outputsFile, 'utf8'))[STACK];
    },
    destroy: async () => void (await cdk('destroy', STACK, ...platform(), '--force')),
  };
}

/** Functions run on this machine, so their native parts are for it. */
const platform = () => ['--context', `platform=${process.platform}/${process.arch}`];
