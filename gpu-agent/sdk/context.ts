import type { Metrics } from '#core/training/metrics.ts';
import type {
  AllGatherRequest,
  BarrierAnswer,
  BarrierRequest,
  ProgressReport,
  ResultReport,
  TaskDescription,
  TaskInfo,
} from '../wire.ts';
import { type AllReducer, allReducer } from './all-reduce.ts';
import { callSite } from './call-site.ts';
import { type Cancellation, watchCancellation } from './cancellation.ts';
import { type Checkpoints, checkpoints } from './checkpoint.ts';
import { type AgentClient, agentClient } from './client.ts';
import { type FileInput, fileEntries, putFile } from './file-input.ts';
import type { ReduceOp } from './ring.ts';
import { type ShardData, shardsOf } from './shards.ts';

export interface WaitOptions {
  /** @default the job's `limits.barrierTimeoutS` */
  readonly timeoutMs?: number;
}

/** What a task is in its gang, and what it can do with it. */
export interface TaskContext {
  readonly runId: string;
  /** 0 in the first life of the gang; one higher after every restart. */
  readonly attempt: number;
  /** 0 … worldSize-1, the same after a restart. */
  readonly rank: number;
  readonly worldSize: number;
  readonly localRank: number;
  readonly localWorldSize: number;
  /** `resources.gpu?.addresses`: the accelerators that are this task's own. */
  readonly resources: TaskDescription['resources'];
  /** Every task of the gang; index = rank. */
  readonly taskInfos: readonly TaskInfo[];
  /** Aborted when the attempt is stopping; every wait below rejects then. */
  readonly signal: AbortSignal;
  readonly cancelled: boolean;
  /** True while all ranks are asked to save a checkpoint, because a host is about to be taken away. */
  readonly checkpointRequested: boolean;
  readonly checkpoint: Checkpoints;
  /** Returns on all ranks once the last one has called it. */
  barrier(options?: WaitOptions): Promise<void>;
  /** The messages of all ranks; index = rank. At most 64 KB each. */
  allGather(message: string, options?: WaitOptions): Promise<readonly string[]>;
  /** Element-wise sum (default) or mean over all ranks, equal to the last bit on each of them. */
  allReduce(values: Float32Array, op?: ReduceOp, options?: WaitOptions): Promise<Float32Array>;
  /** This rank's part of the training data. */
  shards(): AsyncGenerator<ShardData, void, void>;
  /** Shown by the command line; only rank 0's counts. NaN and infinity are values that a metric can have. */
  progress(report: {
    readonly step: number;
    readonly of: number;
    readonly metrics?: Readonly<Record<string, number>>;
  }): Promise<void>;
  /** Files are bytes, or paths of files and folders. What the run leaves behind; rank 0 only, once. `model.onnx` is the file that inference takes. */
  result(metrics: Readonly<Record<string, number>>, files: Readonly<Record<string, FileInput>>): Promise<void>;
  /** Closes connections; `run` does it. */
  close(): void;
}

/** Everything of the context that is not plain data. */
export interface OpenContext {
  readonly context: TaskContext;
  readonly cancellation: Cancellation;
}

/** The context of this process, which an agent must have started. */
export async function context(): Promise<TaskContext> {
  return (await openContext(agentClient())).context;
}

/** The context over a given client, with the handle that lets a signal cancel it. */
export async function openContext(client: AgentClient): Promise<OpenContext> {
  const task = await client.json<TaskDescription>({ method: 'GET', path: '/task' });
  const cancellation = watchCancellation(client);
  const reducer = allReducer({
    rank: task.rank,
    addresses: task.taskInfos.map((info) => info.address),
    deadlineMs: task.barrierTimeoutMs,
    allGather: (message) => gather(client, message, { callSite: 'allReduce', signal: cancellation.signal }),
  });
  cancellation.signal.addEventListener('abort', () => reducer.fail(cancellation.signal.reason));
  return { cancellation, context: taskContext({ task, client, cancellation, reducer }) };
}

interface Parts {
  readonly task: TaskDescription;
  readonly client: AgentClient;
  readonly cancellation: Cancellation;
  readonly reducer: AllReducer;
}

function taskContext({ task, client, cancellation, reducer }: Parts): TaskContext {
  const { taskInfos, resources, runId, attempt, rank, worldSize, localRank, localWorldSize } = task;
  const self: TaskContext = {
    ...{ runId, attempt, rank, worldSize, localRank, localWorldSize, resources, taskInfos },
    signal: cancellation.signal,
    get cancelled() {
      return cancellation.signal.aborted;
    },
    get checkpointRequested() {
      return cancellation.checkpointRequested();
    },
    checkpoint: checkpoints(client),
    async barrier(options = {}) {
      const json: BarrierRequest = { callSite: callSite(self.barrier), ...options };
      await client.json({ method: 'POST', path: '/barrier', json, signal: cancellation.signal });
    },
    allGather: (message, options = {}) =>
      gather(client, message, { ...options, callSite: callSite(self.allGather), signal: cancellation.signal }),
    allReduce: (values, op = 'sum', options = {}) =>
      reducer.reduce(values, op, options.timeoutMs ?? task.barrierTimeoutMs),
    shards: () => shardsOf(client),
    async progress({ metrics = {}, ...report }) {
      const json: ProgressReport = { ...report, metrics: sayable(metrics) };
      await client.json({ method: 'POST', path: '/progress', json });
    },
    async result(metrics, files) {
      const entries = await fileEntries(files);
      for (const [name, source] of entries) await putFile(client, `/result/${encodeURIComponent(name)}`, source);
      const json: ResultReport = { metrics: sayable(metrics), files: entries.map(([name]) => name) };
      await client.json({ method: 'POST', path: '/result', json });
    },
    close() {
      cancellation.close();
      reducer.close();
    },
  };
  return self;
}

/** Metrics as JSON can say them. */
const sayable = (metrics: Readonly<Record<string, number>>): Metrics =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : (String(value) as 'NaN')]),
  );

interface GatherOptions extends WaitOptions {
  readonly callSite: string;
  readonly signal: AbortSignal;
}

async function gather(client: AgentClient, payload: string, options: GatherOptions): Promise<readonly string[]> {
  const { signal, ...request } = options;
  const json: AllGatherRequest = { payload, ...request };
  const answer = await client.json<BarrierAnswer>({ method: 'POST', path: '/allGather', json, signal });
  return answer.payloads ?? [];
}
