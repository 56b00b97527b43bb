import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { writeAssembly } from './assembly.ts';
import { isAlive } from './processes.ts';

it('functions and what they started are gone soon after SIGKILL of the whole group of the cloud', async () => {
  const assembly = writeAssembly((code) => ({
    Resources: {
      F: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          Runtime: 'nodejs24.x',
          Handler: 'f.handler',
          Timeout: 20,
          Code: code({
            'f.cjs':
              'exports.handler = async () => ({ own: process.pid, child: require("node:child_process").spawn("sleep", ["300"]).pid })',
          }),
        },
      },
    },
  }));
  const stateDir = mkdtempSync(join(tmpdir(), 'lockstep-killed-'));
  const program = spawn(
    process.execPath,
    [fileURLToPath(new URL('./guarded-cloud.ts', import.meta.url)), assembly, stateDir],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = await once(program.stdout, 'data');
  const { own, child } = JSON.parse(String(line)) as { own: number; child: number };
  expect(isAlive(own) && isAlive(child)).toBe(true);

  process.kill(-(program.pid as number), 'SIGKILL');

  await expect.poll(() => isAlive(own) || isAlive(child), { timeout: 10_000, interval: 100 }).toBe(false);
  rmSync(assembly, { recursive: true });
  rmSync(stateDir, { recursive: true, force: true });
});
