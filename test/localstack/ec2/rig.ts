import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client, type Instance, RunInstancesCommand, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { Ec2Event } from '../../../localstack/embedded/ec2/events.ts';
import type { FleetOptions } from '../../../localstack/embedded/ec2/settings.ts';
import { startFleet } from '../../../localstack/embedded/ec2/start-fleet.ts';

export const AGENT_CONFIG = {
  agentAsset: { bucket: 'assets', key: 'agent.zip' },
  table: 'gangs',
  bucket: 'data',
  deployment: 'test',
  region: 'us-east-1',
};

/** User data in the form that the stack gives it: a script with the settings between two marks. */
export const userData = (config: unknown = AGENT_CONFIG): string =>
  Buffer.from(
    [
      '#!/bin/bash',
      "cat > /etc/agent.json <<'JSON'",
      '# lockstep-agent-config-begin',
      JSON.stringify(config, null, 2),
      '# lockstep-agent-config-end',
      'JSON',
      '',
    ].join('\n'),
  ).toString('base64');

export interface Rig {
  readonly client: EC2Client;
  readonly url: string;
  readonly stateDir: string;
  readonly events: readonly Ec2Event[];
  run(changes?: Partial<RunInstancesCommandInput>): Promise<readonly Instance[]>;
  /** Calls the control API: `GET /instances`. */
  control<T>(call: string, body?: unknown): Promise<T>;
  stop(): Promise<void>;
}

/** An emulator with one subnet and one launch template, and a client that asks once. */
export async function startRig(options: Partial<FleetOptions> = {}): Promise<Rig> {
  const stateDir = mkdtempSync(join(tmpdir(), 'lockstep-ec2-'));
  const fleet = await startFleet({ stateDir, bootMs: 10, shutdownMs: 10, ...options });
  fleet.putSubnet({ id: 'subnet-a', zone: 'us-east-1a' });
  fleet.putSubnet({ id: 'subnet-b', zone: 'us-east-1b' });
  const data = {
    ImageId: 'ami-1',
    UserData: userData(),
    MetadataOptions: { InstanceMetadataTags: 'enabled' },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'from', Value: 'template' }] }],
  };
  fleet.putLaunchTemplate({ id: 'lt-1', name: 'gpu', versions: [data] });
  const events: Ec2Event[] = [];
  fleet.onEvent((event) => events.push(event));
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new EC2Client({ endpoint: fleet.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  return {
    client,
    url: fleet.url,
    stateDir,
    events,
    async run(changes = {}) {
      const { Instances = [] } = await client.send(
        new RunInstancesCommand({
          LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '$Latest' },
          InstanceType: 'g7e.12xlarge' as NonNullable<RunInstancesCommandInput['InstanceType']>,
          SubnetId: 'subnet-a',
          MinCount: 1,
          MaxCount: 1,
          ...changes,
        }),
      );
      return Instances;
    },
    async control<T>(call: string, body?: unknown) {
      const [method = '', path = ''] = call.split(' ');
      const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
      return (await (await fetch(`${fleet.controlUrl}${path}`, init)).json()) as T;
    },
    async stop() {
      client.destroy();
      await fleet.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** One entry of the control API's list. */
export interface Shown {
  readonly id: string;
  readonly state: string;
  readonly pid: number | null;
  readonly impaired: boolean;
  readonly reason: string | null;
}

/** Name of the error that the call ends with; fails if it does not. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (cause: unknown) => cause as Error,
  );
  if (error === undefined) throw new Error('expected a refusal, but it succeeded');
  return error.name;
}
