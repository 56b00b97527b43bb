import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrainJob } from '#core/job/job.ts';
import { localSecrets } from '../../../cli/run/local-secrets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const offered = (secrets: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) =>
  localSecrets({ task: { command: [], env: {}, secrets } } as unknown as TrainJob, { folder, env });
const keep = (text: string, mode = 0o600) => writeFileSync(join(folder, 'secrets'), text, { mode });

describe('on this machine a secret', () => {
  it('is a variable of the command, or else a line of the file', () => {
    keep('TOKEN=of the file\nHUB="h#1"\n');
    expect(offered({ TOKEN: 'ssm:/token', HUB: 'secretsmanager:hub' }, { TOKEN: 'of the command' })).toEqual([
      { store: 'ssm', name: '/token', text: 'of the command' },
      { store: 'secretsmanager', name: 'hub', text: 'h#1' },
    ]);
  });

  it('that is a key of one in the account stands in an object, beside the other keys', () => {
    const secrets = { USER_NAME: 'secretsmanager:db#user', PASSWORD: 'secretsmanager:db#password' };
    expect(offered(secrets, { USER_NAME: 'u', PASSWORD: 'p' })).toEqual([
      { store: 'secretsmanager', name: 'db', text: '{"user":"u","password":"p"}' },
    ]);
  });

  it('that is nowhere is named, with all others and where they could be', () => {
    expect(() => offered({ A: 'ssm:a', B: 'ssm:b', C: 'ssm:c' }, { B: '' })).toThrow(
      `task.secrets: expected A, C in the environment of this command, or lines NAME=VALUE in ${join(folder, 'secrets')}`,
    );
  });

  it('is not taken from a file that others may read', () => {
    keep('A=x\n', 0o644);
    expect(() => offered({ A: 'ssm:a' })).toThrow('its mode is 644');
  });

  it('is looked for only where a job has some', () => {
    keep('A=x\n', 0o644);
    expect(offered({})).toEqual([]);
  });
});
