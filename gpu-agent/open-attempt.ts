import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { giveTo } from '#adapters/process/task-user.ts';
import { invariant } from '#core/errors.ts';
import { attemptId } from '#core/launch/launch-env.ts';
import { taskCommand } from '#core/launch/mpirun.ts';
import { redaction } from '#core/launch/redaction.ts';
import type { AttemptOptions } from './attempt-options.ts';
import { type CancellationService, cancellationService } from './services/cancellation.ts';
import { checkpointService } from './services/checkpoints.ts';
import { createDownloads } from './services/downloads.ts';
import { progressService } from './services/progress.ts';
import { resultService } from './services/results.ts';
import { shardService } from './services/shards.ts';
import { type StepService, stepService } from './services/steps.ts';
import { createUploads } from './services/uploads.ts';
import { serveTasks } from './socket/server.ts';
import type { TaskLaunch } from './supervisor/task-process.ts';
import { describeTask } from './task-description.ts';
import { taskEnvironment } from './task-environment.ts';
import { taskSecrets } from './task-secrets.ts';

/** One attempt on this host, ready for its tasks: the socket is served and what to start is known. */
export interface OpenAttempt {
  readonly launches: readonly TaskLaunch[];
  /** Every process of the attempt carries this `NAME=value` in its environment. */
  readonly marker: string;
  readonly cancellation: CancellationService;
  /** How far the tasks have come. */
  readonly steps: StepService;
  /** Ends or finishes every write of the tasks, and the record of their progress; called when no task is left, and before the host counts as clean. */
  settle(): Promise<void>;
  /** Closes the socket. */
  close(): Promise<void>;
}

/** A store that hangs must not hold up the gang; what comes after is fenced by the attempt and overwrites nothing. */
const SETTLE_MS = 10_000;

/** Takes the checkpoints over for this attempt, then opens its socket. Nothing of an earlier attempt is alive. */
export async function openAttempt(options: AttemptOptions): Promise<OpenAttempt> {
  const { roster, instanceId, objects, bucket, workspace, calls, log } = options;
  const host = roster.hosts.find((one) => one.instanceId === instanceId);
  invariant(host !== undefined, 'an agent starts tasks only if it is in the roster');
  const uploads = createUploads(objects);
  const downloads = createDownloads(objects, workspace.checkpoints);
  const of = { objects, uploads, bucket, runId: roster.runId, attempt: roster.attempt };
  const checkpoints = checkpointService({ ...of, downloads, keep: options.job.limits.checkpoints });
  await checkpoints.claim();

  const secrets = await taskSecrets(options.secrets, options.job);

  const folder = await socketFolder(workspace.root);
  const socketPath = join(folder, 's');
  const tokens = new Map(host.tasks.map((task) => [randomBytes(24).toString('base64url'), task.rank]));
  const cancellation = cancellationService();
  const { stallLog } = options.job.limits;
  const steps = stepService(options.clock, stallLog);
  const progress = progressService({
    ...options,
    store: options.progress,
    runId: roster.runId,
    attempt: roster.attempt,
  });
  const services = {
    describe: (rank: number) => describeTask(options, rank),
    speaks: (rank: number) => rank === 0 || options.job.gang.processesPerHost !== undefined,
    calls,
    checkpoints,
    results: resultService(of),
    shards: shardService({ ...of, parquet: options.parquet, folder: workspace.shards }),
    progress,
    steps,
    cancellation,
  };
  // The socket is served last: where something before it fails, nothing is left open.
  const launches = await Promise.all(
    [...tokens].map(async ([token, rank]) => ({
      ...(await taskLaunch(options, { rank, token, socketPath, secrets })),
      ...(stallLog !== undefined && { onLine: (line: string) => steps.noteLine(rank, line) }),
    })),
  );
  const socket = await serveTasks({ path: socketPath, tokens, services, log });
  if (options.user !== undefined) await giveTo(options.user, [folder]);
  return {
    launches,
    marker: `LOCKSTEP_ATTEMPT_ID=${attemptId(roster, instanceId)}`,
    cancellation,
    steps,
    async settle() {
      await Promise.all([uploads.close(SETTLE_MS), Promise.race([progress.flush(), options.clock.sleep(SETTLE_MS)])]);
    },
    async close() {
      await socket.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface TaskKey {
  readonly rank: number;
  readonly token: string;
  readonly socketPath: string;
  /** Variable → value. */
  readonly secrets: Readonly<Record<string, string>>;
}

async function taskLaunch(options: AttemptOptions, key: TaskKey): Promise<TaskLaunch> {
  const { roster, workspace, job, user } = options;
  const folder = workspace.task(key.rank);
  await mkdir(folder, { recursive: true });
  if (user !== undefined) await giveTo(user, [folder]);
  const errorFile = join(folder, `error-${roster.attempt}.json`);
  return {
    rank: key.rank,
    command: taskCommand(job.task.command, job.gang),
    cwd: workspace.code,
    env: taskEnvironment(options, { ...key, folder, errorFile }),
    logPath: workspace.log(roster.attempt, key.rank),
    errorFile,
    ...{ leftBehind: workspace.leftBehind, user, redact: redaction(key.secrets) },
  };
}

/**
 * A folder for the socket: the host's own, which goes with the host, where its path is short enough. A socket's path is
 * limited to about 100 bytes.
 */
async function socketFolder(root: string): Promise<string> {
  const name = `lockstep-${randomBytes(8).toString('hex')}`;
  const isShort = (path: string) => Buffer.byteLength(path) <= 90;
  const folder = [root, tmpdir(), '/tmp'].map((parent) => join(parent, name)).find(isShort) as string;
  await mkdir(folder, { mode: 0o700 });
  return folder;
}
