import { expect, it } from 'vitest';
import type { Secrets } from '#core/launch/ports.ts';

/** What every Secrets must do that has these: the parameter `/team/token` with `p-value`, the secret `team/hub` with `{"a":"s-value"}`. */
export function secretsContract(secrets: () => Secrets): void {
  it('reads a parameter in clear, and a secret as a whole', async () => {
    expect(await secrets().read({ store: 'ssm', name: '/team/token' })).toBe('p-value');
    expect(await secrets().read({ store: 'secretsmanager', name: 'team/hub', key: 'a' })).toBe('{"a":"s-value"}');
  });

  it.each([
    { store: 'ssm', name: '/team/other' },
    { store: 'ssm', name: 'team/hub' },
    { store: 'secretsmanager', name: 'team/other' },
    { store: 'secretsmanager', name: '/team/token' },
  ] as const)('says by its name that there is no $store:$name', async (reference) => {
    await expect(secrets().read(reference)).rejects.toMatchObject({
      ...{ code: 'LS_SECRET_UNREADABLE', message: expect.stringContaining(reference.name) },
    });
  });
}
