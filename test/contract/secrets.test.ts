import { afterAll, beforeAll, describe } from 'vitest';
import { awsSecrets } from '#adapters/aws/aws-secrets.ts';
import { memorySecrets } from '#adapters/memory/memory-secrets.ts';
import { offerSecret } from '../../localstack/embedded/secrets/offer-secret.ts';
import { type SecretsService, startSecrets } from '../../localstack/embedded/secrets/start-secrets.ts';
import { secretsContract } from './secrets-contract.ts';

const KEPT = [
  { store: 'ssm', name: '/team/token', text: 'p-value' },
  { store: 'secretsmanager', name: 'team/hub', text: '{"a":"s-value"}' },
] as const;

describe('secrets in memory', () => {
  secretsContract(() => memorySecrets(new Map(KEPT.map(({ store, name, text }) => [`${store}:${name}`, text]))));
});

describe('secrets of SSM and Secrets Manager', () => {
  let service: SecretsService;
  beforeAll(async () => {
    service = await startSecrets(0);
    for (const secret of KEPT) await offerSecret(service.url, secret);
  });
  afterAll(() => service.stop());

  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  secretsContract(() => awsSecrets({ endpoint: service.url, region: 'us-east-1', credentials }));
});
