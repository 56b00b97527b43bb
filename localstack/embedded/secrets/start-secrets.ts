/**
 * SSM's parameter store and Secrets Manager of the local cloud, as far as tasks have secrets of them. Commands put in what a
 * job names, and it stays in memory: nothing of it is ever written.
 */
import { AwsError } from '../http/aws-error.ts';
import { awsJson, type Operations } from '../http/aws-json.ts';
import { listen } from '../http/listen.ts';

export interface SecretsService {
  /** Endpoint of both services. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts both on one port of loopback, empty. */
export async function startSecrets(port: number): Promise<SecretsService> {
  const { url, close } = await listen(awsJson(secretsApi()), port);
  return { url, stop: close };
}

function secretsApi(): Operations {
  const parameters = new Map<string, string>();
  const secrets = new Map<string, string>();
  return {
    PutParameter: ({ Name, Value }: { Name: string; Value: string }) => {
      parameters.set(Name, Value);
      return { Version: 1 };
    },
    GetParameter: ({ Name, WithDecryption }: { Name: string; WithDecryption?: boolean }) => {
      const Value = parameters.get(Name);
      if (Value === undefined) throw new AwsError('ParameterNotFound', '');
      // Every parameter here is a SecureString, which is not given in clear unless that is asked for.
      return { Parameter: { Name, Type: 'SecureString', Value: WithDecryption === true ? Value : 'encrypted' } };
    },
    PutSecretValue: ({ SecretId, SecretString }: { SecretId: string; SecretString: string }) => {
      secrets.set(SecretId, SecretString);
      return { Name: SecretId };
    },
    GetSecretValue: ({ SecretId }: { SecretId: string }) => {
      const SecretString = secrets.get(SecretId);
      if (SecretString === undefined) {
        throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      }
      return { Name: SecretId, SecretString };
    },
  };
}
