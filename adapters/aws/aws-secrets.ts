import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { LockstepError } from '#core/errors.ts';
import type { SecretReference } from '#core/job/secrets.ts';
import type { Secrets } from '#core/launch/ports.ts';
import { answeredWithin, type ClientSettings } from './clients.ts';
import { sayingUnavailable } from './unavailable.ts';

const WORDS: Readonly<Record<SecretReference['store'], string>> = {
  ssm: 'the parameter store (SSM)',
  secretsmanager: 'Secrets Manager',
};

/** Parameters of SSM, SecureStrings among them, and secrets of Secrets Manager. */
export function awsSecrets(settings: ClientSettings = {}): Secrets {
  const client = { ...settings, ...answeredWithin(10_000), maxAttempts: 5 };
  const ssm = sayingUnavailable(new SSMClient(client), 'SSM');
  const manager = sayingUnavailable(new SecretsManagerClient(client), 'Secrets Manager');

  async function textOf({ store, name }: SecretReference): Promise<string | undefined> {
    if (store === 'ssm') {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
      return Parameter?.Value;
    }
    const { SecretString, SecretBinary } = await manager.send(new GetSecretValueCommand({ SecretId: name }));
    return SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('utf8'));
  }
  return {
    async read(reference) {
      const text = await textOf(reference).catch((error: unknown) => refused(reference, error));
      return text ?? refused(reference, new Error('it has no value'));
    },
  };
}

/** What the service says of the name or of the rights is said; its trouble is passed on. */
function refused({ store, name }: SecretReference, error: unknown): never {
  if (error instanceof LockstepError) throw error;
  const { name: kind, message } = error instanceof Error ? error : new Error(String(error));
  throw new LockstepError('LS_SECRET_UNREADABLE', `${WORDS[store]} gave nothing for ${name}: ${kind}: ${message}`, {
    cause: error,
  });
}
