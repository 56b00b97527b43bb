import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { ENV, RUN_TAG } from '#core/names.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import { renewalOf, type Validity } from '#core/system/renewal.ts';
import { answeredWithin, type ClientSettings } from './clients.ts';

/** What signs requests, as the SDK wants it. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface RunCredentialsOptions {
  /** The role of agents, which can do something for one run alone: the one that the session is tagged with. */
  readonly roleArn: string;
  readonly runId: string;
  /** For whoever reads the trail: the name of the session. */
  readonly instanceId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Injected for tests. @default - of the environment */
  readonly sts?: STSClient;
}

/** A role that was assumed by another role's credentials lasts no longer. */
const DURATION_S = 3_600;
/** Between two tries to renew what still is valid. */
const PAUSE_MS = 10_000;
/** The SDK takes an identity for expired so long before it is, and then asks for it at each request, which costs nothing here. */
const SDK_EARLY_MS = 300_000;

/**
 * Credentials of an agent for its run and no other, renewed from half of their time on, beside the requests that they sign.
 * For all clients of the process together.
 */
export function runCredentials(options: RunCredentialsOptions): () => Promise<Credentials> {
  const { clock, log, sts = newSts() } = options;
  let held: (Validity & { readonly credentials: Credentials }) | undefined;
  let renewing: Promise<Credentials> | undefined;
  let triedMs = Number.NEGATIVE_INFINITY;

  const renew = async (): Promise<Credentials> => {
    const fromMs = clock.monotonicMs();
    const credentials = await assume(sts, options);
    // By this machine's own time: its idea of the date may be wrong.
    held = { fromMs, untilMs: fromMs + DURATION_S * 1000, credentials };
    return credentials;
  };
  const renewOnce = () => {
    triedMs = clock.monotonicMs();
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  return async () => {
    const nowMs = clock.monotonicMs();
    const renewal = renewalOf(held, nowMs);
    if (held === undefined || renewal === 'first') return await renewOnce();
    if (renewal === 'beside' && nowMs - triedMs >= PAUSE_MS) {
      void renewOnce().catch((error: unknown) => log.warn('credentials not renewed', { error: String(error) }));
    }
    return held.credentials;
  };
}

/**
 * What the clients of a process on a host use: credentials for its run, where the environment names the role of agents, as it
 * does on EC2, and otherwise those of the environment.
 */
export function agentSettings(
  env: NodeJS.ProcessEnv,
  { runId, instanceId }: Pick<RunCredentialsOptions, 'runId' | 'instanceId'>,
  ports: Pick<RunCredentialsOptions, 'clock' | 'log'>,
): ClientSettings {
  const roleArn = env[ENV.agentRole];
  if (roleArn === undefined || roleArn === '') return {};
  return { credentials: runCredentials({ roleArn, runId, instanceId, ...ports }) };
}

const newSts = (): STSClient => new STSClient({ ...answeredWithin(5_000), maxAttempts: 3 });

async function assume(sts: STSClient, { roleArn, runId, instanceId }: RunCredentialsOptions): Promise<Credentials> {
  const command = new AssumeRoleCommand({
    ...{ RoleArn: roleArn, RoleSessionName: instanceId, DurationSeconds: DURATION_S },
    Tags: [{ Key: RUN_TAG, Value: runId }],
  });
  const { Credentials: given } = await sts.send(command);
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given ?? {};
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) {
    throw new Error(`AssumeRole of ${roleArn} gave no credentials`);
  }
  // So that the SDK asks again at the middle of their time, and not five minutes before their end.
  const expiration = new Date(Date.now() + (DURATION_S * 1000) / 2 + SDK_EARLY_MS);
  return { accessKeyId, secretAccessKey, sessionToken, expiration };
}
