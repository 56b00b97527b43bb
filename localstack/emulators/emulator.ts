import { LOCAL_IDENTITY } from '../embedded/cloud-env.ts';

/** A third-party emulator of AWS that runs on this machine, on loopback only, as a process of ours. */
export interface Emulator {
  readonly name: EmulatorName;
  /** One URL for every service. */
  readonly url: string;
  /** Resolves when it and everything it started have ended. Safe to call twice. */
  stop(): Promise<void>;
}

export type EmulatorName = 'ministack' | 'localstack';

/** What the emulator is told of the services that run beside it, because it has none that would do. */
export interface EmulatorOptions {
  readonly port: number;
  /** Where functions find EC2 and Athena. */
  readonly ec2Url: string;
  readonly athenaUrl: string;
  /** Folder for whatever it writes, its log included. */
  readonly folder: string;
}

/** What this machine lacks for an emulator, in one sentence: its tests are skipped for it, and did not fail. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

/** The environment that makes any AWS SDK, and the CDK, talk to this URL and to nothing else. */
export const clientEnv = (url: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: url,
  // By an address instead of a name, so that the CDK's upload of assets names the bucket in the path.
  AWS_ENDPOINT_URL_S3: url,
  ...LOCAL_IDENTITY,
  CDK_DISABLE_VERSION_CHECK: '1',
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  CI: 'true',
  NO_COLOR: '1',
});

/** The environment of this process without anything that names an account. */
export const withoutAws = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_') && !name.startsWith('LOCKSTEP_')));
