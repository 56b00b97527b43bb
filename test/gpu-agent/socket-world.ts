import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryProgress } from '#adapters/memory/memory-progress.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import type { BarrierResult } from '#core/gang/barrier/result.ts';
import type { Arrival } from '#core/gang/records.ts';
import type { Objects } from '#core/objects/ports.ts';
import { type CancellationService, cancellationService } from '../../gpu-agent/services/cancellation.ts';
import { checkpointService } from '../../gpu-agent/services/checkpoints.ts';
import { createDownloads } from '../../gpu-agent/services/downloads.ts';
import { progressService } from '../../gpu-agent/services/progress.ts';
import { resultService } from '../../gpu-agent/services/results.ts';
import { shardService } from '../../gpu-agent/services/shards.ts';
import { stepService } from '../../gpu-agent/services/steps.ts';
import { createUploads, type Uploads } from '../../gpu-agent/services/uploads.ts';
import { serveTasks } from '../../gpu-agent/socket/server.ts';

export const BUCKET = 'bucket';
export const RUN_ID = 'digits-1';

/** A served context socket whose barriers are counted in this process, in place of a gang. */
export interface SocketWorld {
  readonly folder: string;
  readonly path: string;
  readonly objects: Objects;
  readonly cancellation: CancellationService;
  readonly uploads: Uploads;
  readonly progress: ReturnType<typeof memoryProgress>;
  /** Arrivals of the barrier that is not complete yet. */
  readonly waiting: readonly Arrival[];
  tokenOf(rank: number): string;
  /** Starts a program as the task of a rank. */
  task(rank: number, file: string, ...args: string[]): Promise<TaskEnd> & { readonly child: ChildProcess };
  close(): Promise<void>;
}

export interface TaskEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SocketWorldOptions {
  readonly worldSize?: number;
  readonly attempt?: number;
  readonly objects?: Objects;
  /** Which tasks speak for the run. @default rank 0 */
  readonly speaks?: (rank: number) => boolean;
  /** Checkpoints kept. */
  readonly keep?: number;
  /** Answers each arrival in place of the counter. */
  readonly arrive?: (arrival: Arrival) => Promise<BarrierResult>;
}

export async function socketWorld(options: SocketWorldOptions = {}): Promise<SocketWorld> {
  const { worldSize = 2, attempt = 0, objects = memoryObjects() } = options;
  const folder = mkdtempSync(join(tmpdir(), 'ls-'));
  const path = join(folder, 's');
  const log = jsonLog(() => {});
  const progress = memoryProgress();
  const cancellation = cancellationService();
  const hub = barrierHub(worldSize);
  const uploads = createUploads(objects);
  const of = { objects, uploads, bucket: BUCKET, runId: RUN_ID, attempt };
  const downloads = createDownloads(objects, join(folder, 'checkpoints'));
  const checkpoints = checkpointService({ ...of, downloads, keep: options.keep ?? 3 });
  await checkpoints.claim();
  const tokenOf = (rank: number) => `token-of-rank-${rank}`;
  const ranks = Array.from({ length: worldSize }, (_, rank) => rank);
  const describe = (rank: number) => ({
    ...{ runId: RUN_ID, attempt, rank, worldSize, localRank: rank, localWorldSize: worldSize },
    resources: { gpu: { addresses: [String(rank)] } },
    devices: [rank],
    taskInfos: ranks.map((one) => ({ rank: one, localRank: one, instanceId: 'i-0', address: '127.0.0.1' })),
    ...{ masterAddress: '127.0.0.1', masterPort: 29500, barrierTimeoutMs: 15_000 },
  });
  const socket = await serveTasks({
    path,
    tokens: new Map(ranks.map((rank) => [tokenOf(rank), rank])),
    log,
    services: {
      describe,
      speaks: options.speaks ?? ((rank) => rank === 0),
      calls: { arrive: options.arrive ?? hub.arrive, answer: () => {} },
      checkpoints,
      results: resultService(of),
      shards: shardService({ ...of, parquet: workerDecoder(), folder: join(folder, 'shards') }),
      progress: progressService({ ...of, store: progress, clock: systemClock, log }),
      steps: stepService(systemClock),
      cancellation,
    },
  });
  const children = new Set<ChildProcess>();
  return {
    ...{ folder, path, objects, uploads, cancellation, progress, waiting: hub.waiting, tokenOf },
    task(rank, file, ...args) {
      const env = { PATH: process.env.PATH, LOCKSTEP_SOCKET: path, LOCKSTEP_TASK_TOKEN: tokenOf(rank) };
      const errorFile = { LOCKSTEP_ERROR_FILE: join(folder, `error-${rank}.json`) };
      const child = spawn(file, args, { env: { ...env, ...errorFile }, stdio: ['ignore', 'pipe', 'pipe'] });
      children.add(child);
      return Object.assign(endOf(child), { child });
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      await socket.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function endOf(child: ChildProcess): Promise<TaskEnd> {
  return new Promise((resolve) => {
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Answers a round of arrivals once every rank is in it. */
function barrierHub(worldSize: number) {
  const waiting: Arrival[] = [];
  let answers: ((result: BarrierResult) => void)[] = [];
  let epoch = 0;
  return {
    waiting,
    arrive(arrival: Arrival): Promise<BarrierResult> {
      const { promise, resolve } = Promise.withResolvers<BarrierResult>();
      waiting.push(arrival);
      answers.push(resolve);
      if (waiting.length === worldSize) {
        const payloads = [...waiting].sort((a, b) => a.rank - b.rank).map((one) => one.payload ?? '');
        const isGather = arrival.kind === 'allGather';
        for (const answer of answers) answer({ ok: true, epoch, ...(isGather ? { payloads } : {}) });
        waiting.length = 0;
        answers = [];
        epoch++;
      }
      return promise;
    },
  };
}
