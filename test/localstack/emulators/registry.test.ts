import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startGuardian } from '#adapters/process/guardian.ts';
import { runCommand } from '../../../localstack/emulators/command.ts';
import { fetchedFrom } from '../../../localstack/emulators/registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-registry-'));
const guardian = startGuardian();
afterAll(async () => {
  await guardian.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Nothing listens on this port. */
const NOWHERE = 'http://127.0.0.1:9/';
const run = (...command: string[]) => runCommand(guardian, command, { cwd: folder, log: join(folder, 'log') });

describe('what is fetched for an emulator', () => {
  it('is missing where the registry of npm cannot be reached', async () => {
    const pack = fetchedFrom('npm', () =>
      run(
        'npm',
        'pack',
        '--loglevel=error',
        `--registry=${NOWHERE}`,
        '--fetch-retries=0',
        '--cache=cache',
        'no-such@1.2.3',
      ),
    );
    await expect(pack).rejects.toMatchObject({
      name: 'Missing',
      message: expect.stringContaining('npm cannot be reached from here'),
    });
  });

  it.each([
    "WARNING: Retrying after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection>: Failed to establish a new connection: [Errno 101] Network is unreachable')'",
    'Temporary failure in name resolution',
    'npm error code EAI_AGAIN',
  ])('is missing where its program says so: %s', async (printed) => {
    const fetch = () => Promise.reject(new Error(`pip install ended with 1:\n${printed}`));
    await expect(fetchedFrom('pip', fetch)).rejects.toMatchObject({ name: 'Missing' });
  });

  it.each([
    'ERROR: No matching distribution found for ministack==1.5.33',
    'npm error 404 Not Found',
    'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE',
  ])('has failed where the registry answers: %s', async (printed) => {
    const fetch = () => Promise.reject(new Error(printed));
    await expect(fetchedFrom('pip', fetch)).rejects.toThrow(printed);
  });
});
