import { callAwsJson } from '../http/call-aws-json.ts';

/** A secret that a command puts into the local cloud for the tasks of a run. */
export interface OfferedSecret {
  readonly store: 'ssm' | 'secretsmanager';
  readonly name: string;
  readonly text: string;
}

/** Puts a secret in; `url` is the endpoint of both services. */
export async function offerSecret(url: string, { store, name, text }: OfferedSecret): Promise<void> {
  const call =
    store === 'ssm'
      ? { target: 'AmazonSSM.PutParameter', input: { Name: name, Value: text, Type: 'SecureString', Overwrite: true } }
      : { target: 'secretsmanager.PutSecretValue', input: { SecretId: name, SecretString: text } };
  await callAwsJson({ url, ...call });
}
