import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Somebody's folder outside of the clone, with what they have installed. */
export interface User {
  readonly folder: string;
  write(name: string, text: string): void;
  /** Runs a program there and gives its standard output; throws with its standard error. */
  run(file: string, ...args: readonly string[]): string;
  remove(): void;
}

/** Nothing of the clone's own environment: neither its Node nor its settings. Whom the machine trusts is no setting of it. */
const outside = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => name === 'NODE_EXTRA_CA_CERTS' || !/^(npm_|NODE|LOCKSTEP_|AWS_|VITEST|INIT_CWD)/i.test(name),
    ),
  );

/** An installation that takes longer waits for something that will not come. */
const LONGEST_RUN_MS = 240_000;

/** Which `node` and `npm` a user has: those of this machine, or the Node 24 that runs these tests, found first. */
export type UsersNode = 'of this machine' | '24';

/** An empty folder in which packages were installed, from files or from the registry. */
export function newUser(...packages: readonly string[]): User {
  return newUserWith('of this machine', ...packages);
}

export function newUserWith(node: UsersNode, ...packages: readonly string[]): User {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-user-'));
  const path = (process.env.PATH ?? '').split(':').filter((one) => !one.includes('node_modules'));
  if (node === '24') {
    const bin = mkdtempSync(join(folder, 'node-24-'));
    symlinkSync(process.execPath, join(bin, 'node'));
    path.unshift(bin);
  }
  const options: ExecFileSyncOptionsWithStringEncoding = {
    ...{ cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 },
    timeout: LONGEST_RUN_MS,
    env: { ...outside(), PATH: path.join(':'), HOME: folder, NO_COLOR: '1', npm_config_cache: npmCache() },
  };
  const run = (file: string, ...args: readonly string[]) => execFileSync(file, args, options);
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('package.json', JSON.stringify({ name: 'mine', private: true, type: 'module' }));
  run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', ...packages);
  return { folder, write, run, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const npmCache = (): string => execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
