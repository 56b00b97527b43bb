/**
 * Entry of the agent: environment and instance metadata in, ports built, agent run. The end of this process is the end
 * of the host: systemd powers an EC2 host off after it, the fleet emulator marks the instance as terminated.
 */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { awsSecrets } from '#adapters/aws/aws-secrets.ts';
import * as clients from '#adapters/aws/clients.ts';
import { dynamoBarrier } from '#adapters/aws/dynamo-barrier.ts';
import { dynamoClaims } from '#adapters/aws/dynamo-claims.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoCrews } from '#adapters/aws/dynamo-crews.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { dynamoMembers } from '#adapters/aws/dynamo-members.ts';
import { dynamoProgress } from '#adapters/aws/dynamo-progress.ts';
import { type InstanceMetadata, instanceMetadata } from '#adapters/aws/imds.ts';
import { borrowing, lenderOf } from '#adapters/aws/lent-objects.ts';
import { agentSettings } from '#adapters/aws/run-credentials.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { sfnCallback } from '#adapters/aws/sfn-callback.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { startGuardian } from '#adapters/process/guardian.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { ENV } from '#core/names.ts';
import type { Log } from '#core/system/ports.ts';
import { type AgentOptions, startAgent } from './agent.ts';
import { discover } from './discover.ts';
import { hostIdentity } from './identity.ts';
import { type CrewHostOptions, type CrewHostPorts, runCrewHost } from './inference/crew-host.ts';
import { partitionRunner } from './inference/runner-process.ts';
import { keepMetadataClosed } from './isolation/metadata-rule.ts';
import { watchNotices } from './notices.ts';
import { type Preparation, prepareHost } from './preparation.ts';
import { keepWatchdog } from './watchdog.ts';

const AGENT_FOLDER = dirname(fileURLToPath(import.meta.url));

async function main(): Promise<void> {
  const metadata = instanceMetadata();
  const identity = await hostIdentity(metadata);
  const { runId, instanceId } = identity;
  const log = withFields(jsonLog(), { runId, instanceId });
  const stopWatchdog = keepWatchdog(process.env);
  log.info('agent started', { attempt: identity.attempt, address: identity.address });

  const table = required(ENV.table);
  const bucket = required(ENV.bucket);
  const ports = awsPorts(table, log, agentSettings(process.env, identity, { clock: systemClock, log }));
  const crew = await ports.crews.read(runId);
  if (crew !== undefined) {
    const reason = await predictFor(ports, { identity, crew, bucket, metadata, log });
    stopWatchdog();
    log.info('agent ended', { reason });
    return;
  }
  // In the bundle beside the agent, in the clone beside its folder.
  const beside = join(AGENT_FOLDER, 'python');
  const pythonFolder = existsSync(beside) ? beside : join(AGENT_FOLDER, '..', 'python');
  const source = {
    ...{ objects: ports.objects, bucket, runId, scratch: scratchFolder(), agentFolder: AGENT_FOLDER },
    ...{ cache: process.env[ENV.hostCache], env: process.env, log },
    isolation: { userName: process.env[ENV.taskUser], hasMetadata: metadata.isLinkLocal, reads: [pythonFolder] },
  };
  const preparation = await prepareHost(source, discover(process.env, log));
  report(preparation, log);

  const guardian = startGuardian();
  const agent = await startAgent({
    ...{ identity, preparation, ports, bucket, guardian, pythonFolder },
    env: process.env,
    seed: Number.parseInt(identity.nonce.slice(0, 8), 16),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, agent.terminate);
  const over = new AbortController();
  const user = 'ready' in preparation ? preparation.ready.user : undefined;
  if (user !== undefined && metadata.isLinkLocal) {
    keepMetadataClosed(user.uid, over.signal, (error) => {
      log.error('the metadata service is open to tasks', { error: String(error) });
      agent.terminate();
    });
  }
  void watchNotices({ metadata, clock: systemClock, signal: over.signal }, (notice) => {
    log.warn('notice from EC2', { ...notice });
    agent.send({ type: 'notice', ...notice });
  });

  const reason = await agent.ended;
  over.abort();
  await guardian.close();
  stopWatchdog();
  log.info('agent ended', { reason });
}

interface CrewStart extends Pick<CrewHostOptions, 'identity' | 'crew' | 'bucket'> {
  readonly metadata: InstanceMetadata;
  readonly log: Log;
}

/** The life of a host that predicts. */
async function predictFor(ports: CrewHostPorts, { metadata, log, ...start }: CrewStart): Promise<string> {
  const guardian = startGuardian();
  const [terminated, noticed, over] = [new AbortController(), new AbortController(), new AbortController()];
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => terminated.abort());
  void watchNotices({ metadata, clock: systemClock, signal: over.signal }, (notice) => {
    log.warn('notice from EC2', { ...notice });
    noticed.abort();
  });
  const program = { file: runnerFile(), env: process.env, guardian };
  try {
    return await runCrewHost(ports, {
      ...{ ...start, newRunner: (share) => partitionRunner(program, share) },
      accelerators: await discover(process.env, log),
      ...{ terminated: terminated.signal, noticed: noticed.signal },
    });
  } finally {
    over.abort();
    await guardian.close();
  }
}

/** In the bundle beside the agent, in the clone in a folder of its. */
function runnerFile(): string {
  const bundled = join(AGENT_FOLDER, 'partition-runner.cjs');
  return existsSync(bundled) ? bundled : join(AGENT_FOLDER, 'inference', 'partition-runner.ts');
}

function report(preparation: Preparation, log: Log): void {
  if ('unfit' in preparation) {
    log.error('host cannot take part', { ...preparation.unfit });
    return;
  }
  const { addresses, vendor } = preparation.ready.accelerators;
  log.info('host ready', { accelerators: addresses, vendor });
}

function awsPorts(table: string, log: Log, settings: clients.ClientSettings): AgentOptions['ports'] & CrewHostPorts {
  const dynamodb = clients.dynamodb(settings);
  return {
    secrets: awsSecrets(settings),
    ...{ clock: systemClock, log },
    claims: dynamoClaims(dynamodb, table),
    control: dynamoControl(dynamodb, table),
    crews: dynamoCrews(dynamodb, table),
    members: dynamoMembers(dynamodb, table),
    barriers: dynamoBarrier(dynamodb, table),
    leases: dynamoLeases(dynamodb, table),
    progress: dynamoProgress(dynamodb, table),
    callback: sfnCallback({ dynamodb, sfn: clients.sfn(settings), table }),
    objects: borrowing(s3Objects(clients.s3(settings)), lenderOf(process.env)),
    parquet: workerDecoder(),
  };
}

/** On a host of its own the agent works where systemd put it; an emulated host is given a folder. */
const scratchFolder = (): string => process.env.LOCKSTEP_SCRATCH ?? process.cwd();

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

function withFields(log: Log, fields: Readonly<Record<string, unknown>>): Log {
  return {
    info: (message, more) => log.info(message, { ...fields, ...more }),
    warn: (message, more) => log.warn(message, { ...fields, ...more }),
    error: (message, more) => log.error(message, { ...fields, ...more }),
  };
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    jsonLog().error('agent failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exit(1);
  },
);
