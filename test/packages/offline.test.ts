/** What needs no network is run without one: in a network namespace of its own, which root or an unprivileged user may make. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const UNSHARE = [
  ['unshare', '-n'],
  ['unshare', '-rn'],
].find(([program = '', ...args]) => spawnSync(program, [...args, 'true']).status === 0);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-offline-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program of this machine's Node without any network, not even loopback. */
function offline(...command: readonly string[]): string {
  const [program = '', ...args] = [...(UNSHARE ?? []), process.execPath, ...command];
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

describe.skipIf(UNSHARE === undefined)('without a network (skipped where no namespace can be made)', () => {
  it('there is none: a connection is refused at once', () => {
    const script = "require('node:net').connect(80, '127.0.0.1').on('error', ({ code }) => console.log(code))";
    expect(offline('-e', script).trim()).toBe('ENETUNREACH');
  });

  it('the app is synthesized from a clone, its code bundled for the first time', () => {
    const out = join(folder, 'out');
    const context = ['--context', `cache=${join(folder, 'cache')}`];
    offline('cli/with-node.mjs', 'cdk', 'synth', '--quiet', '--no-notices', '--output', out, ...context);
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['Lockstep.template.json', 'manifest.json']));
  });
});
