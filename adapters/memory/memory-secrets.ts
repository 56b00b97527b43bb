import { LockstepError } from '#core/errors.ts';
import type { SecretReference } from '#core/job/secrets.ts';
import type { Secrets } from '#core/launch/ports.ts';

/** Secrets in memory: `ssm:NAME` or `secretsmanager:NAME` → text. */
export const memorySecrets = (kept: ReadonlyMap<string, string>): Secrets => ({
  async read({ store, name }: SecretReference) {
    const text = kept.get(`${store}:${name}`);
    if (text === undefined) throw new LockstepError('LS_SECRET_UNREADABLE', `${store} has no ${name}`);
    return text;
  },
});
