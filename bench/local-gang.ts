/**
 * A gang on this machine without any cloud: agents in this process, stores in memory, tasks as real processes, and a
 * controller that replaces hosts. What it measures or proves is the protocol, the agent and the tasks, nothing else.
 */

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { memoryBarrier } from '#adapters/memory/memory-barrier.ts';
import { memoryCallback } from '#adapters/memory/memory-callback.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryProgress } from '#adapters/memory/memory-progress.ts';
import { memorySecrets } from '#adapters/memory/memory-secrets.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { startGuardian } from '#adapters/process/guardian.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import type { Fleet } from '#core/fleet/ports.ts';
import type { Host, Lease } from '#core/fleet/records.ts';
import type { Timing } from '#core/gang/agent/timing.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control } from '#core/gang/records.ts';
import { transition } from '#core/gang/transitions.ts';
import { TRAIN_LIMITS } from '#core/job/defaults.ts';
import type { TrainJob, TrainLimits } from '#core/job/job.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { type ControllerPorts, control as decideWithGang } from '#flows/gang/gang-controller.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import { type AgentOptions, type RunningAgent, startAgent } from '../gpu-agent/agent.ts';
import { hostIdentity } from '../gpu-agent/identity.ts';
import { prepareHost } from '../gpu-agent/preparation.ts';

export const BUCKET = 'bucket';
/**
 * Another for each process: what is left of an attempt is looked for on the whole machine by its run's id, so that two
 * benches or tests with one id would end each other's tasks.
 */
export const RUN_ID = `run-${randomUUID().slice(0, 8)}`;

export interface LocalGangOptions {
  readonly hosts: number;
  readonly tasksPerHost: number;
  readonly gpuPerTask?: number;
  /** Made up: as many on each host, or on the one that is given. */
  readonly acceleratorsPerHost?: number | ((instanceId: string) => number);
  /** `task.secrets` of the job. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What is kept of them: `ssm:NAME` or `secretsmanager:NAME` → text. */
  readonly kept?: Readonly<Record<string, string>>;
  /** Command of a task; it runs in an empty folder. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly graceS?: number;
  readonly barrierTimeoutS?: number;
  readonly restarts?: TrainJob['limits']['restarts'];
  readonly timing?: Partial<Timing>;
  /** Wraps the stores, to count or to disturb. */
  /** Limits beside those that have a field of their own. */
  readonly limits?: Partial<Pick<TrainLimits, 'exitCodes' | 'exitSpreadS' | 'stallS' | 'stallLog'>>;
  readonly wrap?: (ports: GangPorts) => GangPorts;
  readonly onLog?: (line: string) => void;
  /** The code package; default none. */
  readonly code?: Uint8Array;
  /** Called with the folder of each host before it boots. */
  readonly onBoot?: (instanceId: string, scratch: string) => void;
  /** `over` rejects if the gang is not over after so long. Default 120. */
  readonly deadlineS?: number;
}

type GangPorts = AgentOptions['ports'];

export interface LocalGang {
  readonly ports: GangPorts;
  /** Below it each host has a folder of its own. */
  readonly folder: string;
  /** Hosts that run now, by instance id. */
  readonly agents: ReadonlyMap<string, RunningAgent>;
  /** Ids of all hosts that were ever launched, in order. */
  readonly launched: readonly string[];
  control(): Promise<Control>;
  /** Resolves with the control item once the gang is over, restarting it as often as its budgets allow. */
  over(): Promise<Control>;
  close(): Promise<void>;
}

/** Starts the agents of attempt 0; they form the gang by themselves. */
export async function localGang(options: LocalGangOptions): Promise<LocalGang> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-gang-'));
  const guardian = startGuardian();
  const log = jsonLog(options.onLog ?? (() => {}));
  const base: GangPorts = {
    ...{ clock: systemClock, log, leases: memoryLeases(), control: memoryControl(), members: memoryMembers() },
    ...{ barriers: memoryBarrier(), callback: memoryCallback(), objects: memoryObjects(), progress: memoryProgress() },
    ...{ parquet: workerDecoder(), secrets: memorySecrets(new Map(Object.entries(options.kept ?? {}))) },
  };
  const ports = options.wrap?.(base) ?? base;
  const job = trainJob(options);
  const agents = new Map<string, RunningAgent>();
  const ended: Promise<unknown>[] = [];
  const isClosing = new AbortController();
  const launched: string[] = [];

  const launch = async (attempt: number) => {
    const instanceId = `i-${launched.length}`;
    const seed = launched.push(instanceId);
    await ports.leases.grant([lease(instanceId, attempt)]);
    const scratch = join(folder, instanceId);
    const agentFolder = dirname(fileURLToPath(new URL('../gpu-agent/main.ts', import.meta.url)));
    const env = { PATH: process.env.PATH };
    const isolation = { userName: undefined, hasMetadata: false, reads: [] };
    const source = { objects: ports.objects, bucket: BUCKET, runId: RUN_ID, scratch, agentFolder, env, log, isolation };
    options.onBoot?.(instanceId, scratch);
    const { acceleratorsPerHost: found = 0 } = options;
    const length = typeof found === 'number' ? found : found(instanceId);
    const addresses = Array.from({ length }, (_, i) => String(i));
    const agent = await startAgent({
      identity: await hostIdentity(metadataOf(instanceId, attempt)),
      ...{ ports, bucket: BUCKET, guardian, seed, timing: options.timing ?? {} },
      preparation: await prepareHost(source, Promise.resolve({ vendor: 'nvidia', addresses })),
      env,
      pythonFolder: join(agentFolder, 'python'),
    });
    agents.set(instanceId, agent);
    if (fleet.unwanted.has(instanceId)) agent.terminate();
    const isOver = () => {
      agents.delete(instanceId);
      fleet.gone.add(instanceId);
    };
    ended.push(agent.ended.then(isOver));
  };

  const control = async () => (await ports.control.read(RUN_ID)) as Control;
  const fleet = fleetOf(agents);
  const deadlineMs = systemClock.monotonicMs() + (options.deadlineS ?? 120) * 1000;
  const supervised = supervise(
    { ...ports, fleet, ids: systemIds },
    { job, control, launch, isClosing: isClosing.signal, deadlineMs },
  );
  // Whoever asks for the end hears of it; nobody has to.
  supervised.catch(() => undefined);
  const at = runObjects({ bucket: BUCKET, runId: RUN_ID });
  await ports.objects.put(at.job, jsonBytes(job));
  if (options.code !== undefined) await ports.objects.put(at.code, options.code);
  await ports.control.create(firstControl(job));
  await Promise.all(Array.from({ length: options.hosts }, () => launch(0)));

  return {
    ...{ ports, folder, agents, launched, control },
    over: () => supervised,
    async close() {
      isClosing.abort();
      for (const agent of agents.values()) agent.terminate();
      await supervised.catch(() => undefined);
      await Promise.all(ended);
      await guardian.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Supervision {
  readonly job: TrainJob;
  readonly control: () => Promise<Control>;
  readonly launch: (attempt: number) => Promise<void>;
  readonly isClosing: AbortSignal;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
}

/** What Step Functions and its functions do in a stack: wait for the end of an attempt, decide, acquire, run again. */
async function supervise(
  ports: ControllerPorts,
  { job, control, launch, isClosing, deadlineMs }: Supervision,
): Promise<Control> {
  for (;;) {
    await systemClock.sleep(20);
    const item = await control();
    if (item === undefined) continue;
    if (systemClock.monotonicMs() > deadlineMs)
      throw new Error(`the gang is not over in time: ${JSON.stringify(item)}`);
    if (isClosing.aborted || ['SUCCEEDED', 'FAILED', 'CANCELLED'].includes(item.phase)) return item;
    if (item.phase === 'ACQUIRING') await acquire(ports, item, launch);
    if (item.phase !== 'STOPPING' && item.phase !== 'DRAINED') continue;
    await decideWithGang(ports, RUN_ID, {
      executionId: 'bench',
      limits: job.limits,
      queuedAtS: systemClock.wallMs() / 1000,
      sinceS: systemClock.wallMs() / 1000,
      patienceMs: 2_000,
    });
  }
}

async function acquire(ports: ControllerPorts, control: Control, launch: (attempt: number) => Promise<void>) {
  const held = (await ports.leases.leases(RUN_ID)).filter((one) => one.releasedAt === undefined);
  for (let count = held.length; count < control.hosts; count++) await launch(control.attempt);
  await ports.control.write(transition.form(control, systemIds.next()));
}

interface LocalFleet extends Fleet {
  /** Hosts whose agent has ended. */
  readonly gone: Set<string>;
  /** Hosts that were terminated, maybe while they were booting. */
  readonly unwanted: Set<string>;
}

/** A host that is terminated takes its tasks with it; an agent that has ended is a host that is gone. */
function fleetOf(agents: ReadonlyMap<string, RunningAgent>): LocalFleet {
  const gone = new Set<string>();
  const unwanted = new Set<string>();
  return {
    ...{ gone, unwanted },
    launch: () => Promise.reject(new Error('a local gang launches by itself')),
    list: () => Promise.resolve([]),
    find: async (instanceIds) => instanceIds.map((id) => hostOf(id, !gone.has(id))),
    terminate: async (instanceIds) => {
      for (const id of instanceIds) {
        unwanted.add(id);
        agents.get(id)?.terminate();
      }
    },
    remaining: async (instanceIds) => instanceIds.filter((id) => !gone.has(id)),
  };
}

const hostOf = (instanceId: string, isUp: boolean): Host => ({
  ...{ instanceId, instanceType: 'local', zone: 'local', market: 'on-demand', state: isUp ? 'running' : 'terminated' },
  ...{ runId: RUN_ID, attempt: undefined, launchedAt: 0 },
});

const lease = (instanceId: string, attempt: number): Lease => ({
  ...{ runId: RUN_ID, attempt, instanceId, instanceType: 'local', zone: 'local', market: 'on-demand', acquiredAt: 0 },
});

function metadataOf(instanceId: string, attempt: number): Parameters<typeof hostIdentity>[0] {
  const documents: Record<string, string> = { 'instance-id': instanceId, 'local-ipv4': '127.0.0.1' };
  return {
    get: async (path) => documents[path],
    tag: async (name) => (name.endsWith('run') ? RUN_ID : String(attempt)),
  };
}

function trainJob(options: LocalGangOptions): TrainJob {
  const { hosts, tasksPerHost, gpuPerTask = 0, command, env = {}, graceS = 5, barrierTimeoutS = 20 } = options;
  const restarts = options.restarts ?? { user: 0, infrastructure: 2, preemption: 2 };
  return {
    ...{
      kind: 'train',
      name: 'local',
      publish: 'local',
      task: { command, env, ...(options.secrets && { secrets: options.secrets }) },
    },
    gang: {
      ...{ hosts, tasksPerHost, perTask: { gpu: gpuPerTask }, priority: 0 },
      ...{ instanceTypes: ['local'], zones: [], markets: ['on-demand'] },
    },
    limits: {
      ...TRAIN_LIMITS,
      ...options.limits,
      ...{ maxDurationS: 600, maxQueueS: 60, formTimeoutS: 60, barrierTimeoutS, graceS, checkpoints: 2, restarts },
    },
  };
}

const firstControl = (job: TrainJob): Control => ({
  ...newGang({ runId: RUN_ID, owner: 'bench', specHash: 'local', opId: 'first', ...job.gang }),
  phase: 'FORMING',
});
