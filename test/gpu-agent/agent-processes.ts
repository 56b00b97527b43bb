import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { buildSync } from 'esbuild';
import { create } from 'tar';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { findProcesses } from '#adapters/process/process-table.ts';
import { signalProcess } from '#adapters/process/signal.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { ControlStore } from '#core/gang/ports.ts';
import type { Control } from '#core/gang/records.ts';
import { OBJECTS } from '#core/names.ts';
import type { Objects } from '#core/objects/ports.ts';
import { gangTable } from '../../bench/gang-table.ts';
import { startDynamoDb } from '../../localstack/embedded/dynamodb/start-dynamodb.ts';
import { startS3 } from '../../localstack/embedded/s3/start-s3.ts';

const MAIN = fileURLToPath(new URL('../../gpu-agent/main.ts', import.meta.url));
const TASK = fileURLToPath(new URL('./fixtures/package-task.ts', import.meta.url));
const TABLE = 'gang';
const BUCKET = 'data';
export const RUN_ID = 'run-of-processes';

/** Agents as processes of their own, over the embedded DynamoDB and S3. */
export interface AgentProcesses {
  readonly control: ControlStore;
  read(key: string): Promise<string>;
  /** What the tasks of an instance have printed so far in attempt 0. */
  printed(instanceId: string): string;
  /** Starts the agent of an instance; without `tags` it belongs to no run. */
  launch(instanceId: string, options?: { readonly tags?: boolean }): Promise<AgentProcess>;
  close(): Promise<void>;
}

interface AgentProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  /** Lines of its log so far. */
  readonly lines: readonly string[];
}

export interface AgentProcessesOptions {
  readonly hosts: number;
  readonly tasksPerHost: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What is put in place of the code package. */
  readonly damage?: (archive: Buffer) => Uint8Array;
  /** Accelerators that each task asks for; every host says that it has one. */
  readonly gpuPerTask?: number;
  /** Program of the tasks. @default - that of the code package */
  readonly command?: readonly string[];
  /** Variables of the agents, besides their own. */
  readonly agentEnv?: Readonly<Record<string, string>>;
  /** Called with the folder of a host before its agent starts. */
  readonly onBoot?: (scratch: string) => void;
}

export async function agentProcesses(options: AgentProcessesOptions): Promise<AgentProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-agents-'));
  // Tasks that run as somebody else pass through it.
  chmodSync(folder, 0o711);
  const dynamo = await startDynamoDb();
  const s3 = await startS3({ folder: join(folder, 's3') });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'secret-of-the-host' };
  const client = { region: 'us-east-1', credentials };
  const dynamodb = new DynamoDBClient({ ...client, endpoint: dynamo.url });
  const objects = s3Objects(await bucketOf(new S3Client({ ...client, endpoint: s3.url, forcePathStyle: true })));
  await createTable(dynamodb);
  const control = dynamoControl(dynamodb, TABLE);
  const leases = dynamoLeases(dynamodb, TABLE);
  const instances = Array.from({ length: options.hosts }, (_, i) => `i-${i}`);
  await control.create(firstControl(options));
  await leases.grant(
    instances.map((instanceId) => ({
      ...{ runId: RUN_ID, attempt: 0, instanceId, instanceType: 'local', zone: 'local' },
      ...{ market: 'on-demand', acquiredAt: 0 },
    })),
  );
  await upload(objects, folder, options);
  const discovery = join(folder, 'one-accelerator');
  writeFileSync(discovery, `#!/bin/sh\necho '{"name":"gpu","addresses":["0"]}'\n`, { mode: 0o755 });

  const agents: AgentProcess[] = [];
  const metadata: Server[] = [];
  return {
    control,
    read: async (key) => Buffer.from((await objects.get(`s3://${BUCKET}/${key}`)).bytes).toString('utf8'),
    printed(instanceId) {
      const logs = join(folder, instanceId, 'logs', '0');
      const names = existsSync(logs) ? readdirSync(logs) : [];
      return names.map((name) => readFileSync(join(logs, name), 'utf8')).join('');
    },
    async launch(instanceId, { tags = true } = {}) {
      const scratch = join(folder, instanceId);
      mkdirSync(scratch);
      options.onBoot?.(scratch);
      const server = await metadataService(instanceId, tags);
      metadata.push(server);
      const { port } = server.address() as { port: number };
      const agent = spawnAgent({
        ...{ PATH: process.env.PATH, LOCKSTEP_TABLE: TABLE, LOCKSTEP_BUCKET: BUCKET, LOCKSTEP_SCRATCH: scratch },
        ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'secret-of-the-host' },
        ...{ AWS_ENDPOINT_URL_DYNAMODB: dynamo.url, AWS_ENDPOINT_URL_S3: s3.url },
        ...{ LOCKSTEP_DISCOVERY_SCRIPT: discovery, ...options.agentEnv },
        AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}`,
      });
      agents.push(agent);
      return agent;
    },
    async close() {
      for (const { child } of agents) child.kill('SIGTERM');
      await Promise.all(agents.map((agent) => agent.exited));
      // What a broken agent left behind.
      for (const instanceId of instances) {
        const left = findProcesses(new Set(), `LOCKSTEP_ATTEMPT_ID=${RUN_ID}/0/${instanceId}`);
        for (const { pid } of left) signalProcess(pid, 'SIGKILL');
      }
      for (const server of metadata) server.close();
      dynamodb.destroy();
      await Promise.all([dynamo.stop(), s3.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function spawnAgent(env: NodeJS.ProcessEnv): AgentProcess {
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => lines.push(...chunk.toString('utf8').trim().split('\n')));
  }
  return { child, lines, exited: new Promise((resolve) => child.once('close', (code) => resolve(code))) };
}

async function bucketOf(client: S3Client): Promise<S3Client> {
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return client;
}

async function createTable(client: DynamoDBClient): Promise<void> {
  await client.send(new CreateTableCommand(gangTable(TABLE)));
}

/** Job and code package, as the command line uploads them. */
async function upload(objects: Objects, folder: string, options: AgentProcessesOptions) {
  const {
    hosts,
    tasksPerHost,
    env = {},
    damage = (archive) => archive,
    gpuPerTask = 0,
    command = ['node', 'task.mjs'],
  } = options;
  const source = join(folder, 'package');
  mkdirSync(source);
  const external = ['apache-arrow', 'parquet-wasm'];
  const shared = { bundle: true, platform: 'node', format: 'esm', external } as const;
  buildSync({ ...shared, entryPoints: [TASK], outfile: join(source, 'task.mjs') });
  const archive = join(folder, 'code.tgz');
  await create({ gzip: true, file: archive, cwd: source }, ['.']);
  await objects.put(`s3://${BUCKET}/${OBJECTS.code(RUN_ID)}`, damage(readFileSync(archive)));
  const job = {
    ...{ kind: 'train', name: 'processes', publish: 'processes', task: { command, env } },
    gang: { hosts, tasksPerHost, perTask: { gpu: gpuPerTask }, priority: 0, instanceTypes: [], zones: [], markets: [] },
    limits: {
      ...{ maxDurationS: 60, maxQueueS: 60, formTimeoutS: 60, barrierTimeoutS: 20, graceS: 3 },
      restarts: { user: 0, infrastructure: 0, preemption: 0 },
    },
  };
  await objects.put(`s3://${BUCKET}/${OBJECTS.job(RUN_ID)}`, Buffer.from(JSON.stringify(job)));
}

const firstControl = ({ hosts, tasksPerHost }: AgentProcessesOptions): Control => ({
  ...newGang({ runId: RUN_ID, owner: 'e', hosts, tasksPerHost, specHash: 'x', opId: 'first' }),
  phase: 'FORMING',
});

/** Instance metadata, version 2: a token first, then documents. */
async function metadataService(instanceId: string, tags: boolean): Promise<Server> {
  const documents: Record<string, string> = {
    '/latest/meta-data/instance-id': instanceId,
    '/latest/meta-data/local-ipv4': '127.0.0.1',
    ...(tags
      ? {
          '/latest/meta-data/tags/instance/lockstep:run': RUN_ID,
          '/latest/meta-data/tags/instance/lockstep:attempt': '0',
        }
      : {}),
  };
  const server = createServer((request, response) => {
    const isTokenCall = request.method === 'PUT' && request.url === '/latest/api/token';
    const body = isTokenCall ? 'token' : documents[request.url ?? ''];
    const isAllowed = isTokenCall || request.headers['x-aws-ec2-metadata-token'] === 'token';
    response.writeHead(isAllowed ? (body === undefined ? 404 : 200) : 401).end(body ?? '');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
