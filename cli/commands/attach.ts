import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrorCode, LockstepError } from '#core/errors.ts';
import type { RunStatus } from '#core/runs/failure.ts';
import { executionOf } from '#flows/runs/find-execution.ts';
import { followInference } from '#flows/runs/follow-inference.ts';
import { followTraining } from '#flows/runs/follow-training.ts';
import type { StartedRun } from '#flows/runs/start-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { isAlive } from '../cloud/cloud-file.ts';
import { inCloudOf } from '../cloud/reach.ts';
import type { InterruptMeaning } from '../interrupt.ts';
import { showRun } from '../output/show-run.ts';
import type { Failure, Summary } from '../output/summary.ts';
import { beginRun, readBegun } from '../run/begun-run.ts';
import { theRun } from '../run/known-runs.ts';
import { RunFailed } from '../run/run-failed.ts';
import { serviceError } from '../service-error.ts';
import type { CommandContext } from './context.ts';
import { endInference } from './infer.ts';
import { keptResult } from './kept-run.ts';
import { endTraining, keepTraining } from './train.ts';

export interface AttachFlags {
  /** Show what the tasks print. */
  readonly logs?: boolean;
}

/**
 * `lockstep attach RUN`: shows a run that another command has started, from where it is to its end, and then what it came
 * to. Ctrl-C ends the watching and not the run: LS_DETACHED.
 */
export async function attach(word: string, flags: AttachFlags, context: CommandContext): Promise<Summary> {
  const runId = await theRun(word, context);
  const kept = keptResult(context.home, runId);
  if (kept !== undefined) return summaryIn(kept);
  context.interrupt.means(leaves(runId));
  const other = watcherOf(runId, context);
  const run = await inCloudOf(runId, context, (cloud) => attachedRun(cloud, runId));
  if (other !== undefined) return await besides(other, run, flags, context);
  beginRun(context.home, run);
  try {
    return await watchToEnd(run, flags, context);
  } catch (error) {
    context.screen.fail();
    throw error;
  }
}

/** How the execution of a run stands. LS_RUN_NOT_FOUND where no cloud that is up knows it. */
export async function attachedState(runId: string, context: CommandContext): Promise<RunStatus> {
  return await inCloudOf(runId, context, async (cloud) => {
    const run = await attachedRun(cloud, runId);
    return run && (await cloud.workflows.describe(run.executionId))?.status;
  });
}

interface AttachedRun extends StartedRun {
  readonly cloud: Cloud;
  readonly kind: 'train' | 'infer';
}

async function attachedRun(cloud: Cloud, runId: string): Promise<AttachedRun | undefined> {
  const found = await executionOf(cloud, runId);
  return found && { cloud, kind: found.kind, runId, executionId: found.id };
}

async function watchToEnd(run: AttachedRun, { logs = false }: AttachFlags, context: CommandContext): Promise<Summary> {
  const { cloud, kind, runId, executionId } = run;
  const { screen, interrupt } = context;
  const follow = { runId, executionId, signal: interrupt.signal, onEvent: showRun(screen) };
  if (kind === 'infer') {
    const trace = await followInference(cloud, follow);
    screen.end();
    return await endInference(trace, cloud, context);
  }
  const trace = await followTraining(cloud, { ...follow, withLogs: logs });
  screen.end();
  return keepTraining(await endTraining(trace, { cloud, kind: 'train' }, context));
}

const RESULT_POLL_MS = 200;

/** Shows a run that the command of another process watches too: that one keeps what the run came to. */
async function besides(
  pid: number,
  run: AttachedRun,
  { logs = false }: AttachFlags,
  { home, screen, interrupt: { signal } }: CommandContext,
): Promise<Summary> {
  const { cloud, kind, runId } = run;
  const follow = { ...run, signal, onEvent: showRun(screen), withLogs: logs };
  try {
    await (kind === 'train' ? followTraining(cloud, follow) : followInference(cloud, follow));
  } catch (error) {
    // A cloud that a command has to itself goes down with the run.
    if (serviceError(error) === undefined) throw error;
  }
  screen.end();
  while (isAlive(pid) && keptResult(home, runId) === undefined) await delay(RESULT_POLL_MS, undefined, { signal });
  const result = keptResult(home, runId);
  if (result !== undefined) return summaryIn(result);
  throw new LockstepError('LS_RUN_NOT_FOUND', `process ${pid}, which watched ${runId}, has ended without a word`, {
    remedy: `See \`lockstep status ${runId}\`.`,
  });
}

/** Another process that watches the run and will keep what it comes to. */
function watcherOf(runId: string, { home }: CommandContext): number | undefined {
  const pid = readBegun(join(home.runs, runId))?.pid;
  return pid !== undefined && pid !== process.pid && isAlive(pid) ? pid : undefined;
}

/** The summary of a run that has ended. Throws what it ended with where it failed. */
function summaryIn(result: Summary | Failure): Summary {
  if (result.ok) return result;
  const { code, message, remedy, kind = 'train', runs = [], report = '', history, logs } = result;
  const error = new LockstepError(isErrorCode(code) ? code : 'LS_WORKFLOW_FAILED', message, { remedy });
  throw new RunFailed(error, {
    ...{ kind, runs, report },
    ...(history !== undefined && { history }),
    ...(logs !== undefined && { logs }),
  });
}

const leaves = (runId: string): InterruptMeaning => ({
  says: `${runId} goes on.`,
  reason: new LockstepError('LS_DETACHED', `no longer watching ${runId}, which goes on`, {
    remedy: `\`lockstep attach ${runId}\` watches it again, \`lockstep cancel ${runId}\` ends it.`,
  }),
});
