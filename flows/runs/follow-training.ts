import { describe } from '#core/gang/cause.ts';
import type { Control } from '#core/gang/records.ts';
import type { GangRecords } from '#core/runs/gang-figures.ts';
import type { Progress } from '#core/training/progress.ts';
import { type FollowedExecution, followExecution } from './follow-execution.ts';
import type { RunPorts } from './ports.ts';
import { logReader } from './read-logs.ts';
import { readProgress } from './read-progress.ts';
import type { GangEvent, OnRunEvent } from './run-event.ts';
import type { StartedRun } from './start-run.ts';

export interface FollowRunOptions extends StartedRun {
  readonly signal: AbortSignal;
  readonly onEvent: OnRunEvent;
  /** Tell what the tasks write, too. @default false */
  readonly withLogs?: boolean;
}

/** What is known about a training run once its execution has ended, well or not. */
export interface TrainingTrace extends FollowedExecution, GangRecords {
  readonly runId: string;
  /** What rank 0 reported, oldest first; only what was seen where its agent could not keep it. */
  readonly progress: readonly Progress[];
}

/** Follows a training run until its execution has ended. Rejects with the signal's reason when that is aborted. */
export async function followTraining(
  ports: RunPorts,
  { runId, executionId, signal, onEvent, withLogs = false }: FollowRunOptions,
): Promise<TrainingTrace> {
  const logs = withLogs ? logReader(ports, runId) : undefined;
  const seen: Progress[] = [];
  let gang: GangEvent | undefined;
  const onPoll = async () => {
    const [control, latest] = await Promise.all([ports.control.read(runId), ports.progress.get(runId)]);
    const now = control && gangEvent(control);
    if (now !== undefined && (now.attempt !== gang?.attempt || now.phase !== gang.phase)) await onEvent(now);
    gang = now;
    for (const event of (await logs?.poll()) ?? []) await onEvent(event);
    if (latest === undefined || isSame(latest, seen.at(-1))) return;
    seen.push(latest);
    await onEvent({ kind: 'progress', progress: latest });
  };
  const followed = await followExecution(ports, { executionId, signal, onEvent, onPoll });
  for (const event of (await logs?.end()) ?? []) await onEvent(event);
  const reported = await readProgress(ports, runId);
  return { ...followed, ...(await readGang(ports, runId)), runId, progress: reported.length > 0 ? reported : seen };
}

/** The records of the gang of a run as they are now. */
export async function readGang(
  ports: Pick<RunPorts, 'control' | 'journal' | 'leases'>,
  runId: string,
): Promise<GangRecords> {
  const [control, journal, leases] = await Promise.all([
    ports.control.read(runId),
    ports.journal.endings(runId),
    ports.leases.leases(runId),
  ]);
  return { control, journal, leases };
}

const gangEvent = ({ attempt, phase, cause }: Control): GangEvent => ({
  ...{ kind: 'gang', attempt, phase },
  ...(cause !== undefined && { why: describe(cause) }),
});

const isSame = (a: Progress, b: Progress | undefined): boolean => a.attempt === b?.attempt && a.step === b.step;
