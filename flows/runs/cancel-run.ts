import { isTerminal, LIVE, STOPPABLE } from '#core/gang/phases.ts';
import type { Control, Phase } from '#core/gang/records.ts';
import { exitsOf } from '#core/gang/start.ts';
import { transition } from '#core/gang/transitions.ts';
import { TRAIN_LIMITS } from '#core/job/defaults.ts';
import type { TrainJob } from '#core/job/job.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { type RunStatus, statusOf } from '#core/runs/failure.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { executionOf } from './find-execution.ts';
import type { RunPorts } from './ports.ts';

export interface CancelOptions {
  /** Who cancels, for the record: `the command line`. */
  readonly by: string;
  /** Called once where tasks run, with the seconds that they have to end. */
  readonly onGrace?: (graceS: number) => void;
}

/** What the cancellation of a run came to. */
export interface CancelledRun {
  /** Hosts whose release was not confirmed in time; the sweep goes on to terminate them. */
  readonly left: readonly string[];
  /** What became of the tasks that ran; undefined where none did. */
  readonly tasks?: CancelledTasks;
}

export interface CancelledTasks {
  readonly graceS: number;
  /** Tasks that ended by themselves when they were asked to. */
  readonly ended: number;
  /** Ranks that were killed when the grace was over. */
  readonly killed: readonly number[];
}

/** Above the grace: for agents to see the stop and to prove that nothing is left, and for the workflow to judge that. */
const END_WITHIN_MS = 20_000;
const RELEASE_WITHIN_MS = 15_000;
/** Phases in which tasks may have something to end. */
const WITH_TASKS: readonly Phase[] = [...LIVE, 'STOPPING', 'DRAINED'];

/**
 * Cancels a run in whatever state it is. Undefined if nobody knows the run; a run that has ended is left alone and its
 * state is the answer.
 */
export async function cancelRun(
  ports: RunPorts,
  runId: string,
  options: CancelOptions,
): Promise<CancelledRun | Exclude<RunStatus, 'running'> | undefined> {
  const isTraining = (await ports.control.read(runId)) !== undefined;
  const execution = await executionOf(ports, runId);
  const status = execution && statusOf(execution);
  if (status !== undefined && status !== 'running') return status;
  if (isTraining) return await cancelTraining(ports, runId, options);
  if (execution === undefined) return undefined;
  await ports.workflows.stop(execution.id, `cancelled by ${options.by}`);
  return { left: [] };
}

/**
 * Cancels a training run: its tasks are asked to end and have their whole grace, then the workflow judges the attempt and
 * releases the hosts. An execution that has not ended by then, or holds no host yet, is stopped.
 */
export async function cancelTraining(ports: RunPorts, runId: string, options: CancelOptions): Promise<CancelledRun> {
  const { workflows, clock, pollMs } = ports;
  const executionId = workflows.executionId('training', runId);
  const asked = await askToStop(ports, runId, options.by);
  const graceS = asked !== undefined && WITH_TASKS.includes(asked.phase) ? await graceOf(ports, runId) : undefined;
  if (asked !== undefined && graceS !== undefined) {
    options.onGrace?.(graceS);
    const deadline = clock.monotonicMs() + graceS * 1000 + END_WITHIN_MS;
    while (clock.monotonicMs() < deadline && (await workflows.describe(executionId))?.status === 'running') {
      await clock.sleep(pollMs);
      // An attempt that was ending for another reason would be followed by the next one.
      await askToStop(ports, runId, options.by);
    }
  }
  await workflows.stop(executionId, `cancelled by ${options.by}`);
  const left = await untilReleased(ports, runId);
  if (asked === undefined || graceS === undefined) return { left };
  return { left, tasks: await tasksOf(ports, asked, graceS) };
}

/** The gang as it was when it was asked; undefined before there is one. */
async function askToStop({ control, ids }: RunPorts, runId: string, by: string): Promise<Control | undefined> {
  const item = await control.read(runId);
  if (item === undefined || !STOPPABLE.includes(item.phase)) return item;
  const { won, control: stored } = await control.write(transition.stop(item, ids.next(), { kind: 'cancelled', by }));
  return won ? item : stored;
}

async function graceOf({ objects, bucket }: RunPorts, runId: string): Promise<number> {
  const job = await readJsonIfAny<TrainJob>(objects, runObjects({ bucket, runId }).job);
  return job?.value.limits.graceS ?? TRAIN_LIMITS.graceS;
}

/** Waits until every host is given back and the gang is over; the hosts that are left when patience ends. */
async function untilReleased(ports: RunPorts, runId: string): Promise<readonly string[]> {
  const { clock, pollMs, control } = ports;
  const deadline = clock.monotonicMs() + RELEASE_WITHIN_MS;
  for (;;) {
    const [item, left] = await Promise.all([control.read(runId), held(ports, runId)]);
    const isOver = left.length === 0 && (item === undefined || isTerminal(item.phase));
    if (isOver || clock.monotonicMs() >= deadline) return left;
    await clock.sleep(pollMs);
  }
}

async function held({ leases }: RunPorts, runId: string): Promise<readonly string[]> {
  const all = await leases.leases(runId);
  return all.filter(({ releasedAt }) => releasedAt === undefined).map(({ instanceId }) => instanceId);
}

async function tasksOf({ members }: RunPorts, { runId, attempt }: Control, graceS: number): Promise<CancelledTasks> {
  const all = Object.entries(exitsOf(await members.list(runId, attempt)));
  const killed = all.filter(([, { signal }]) => signal === 'SIGKILL').map(([rank]) => Number(rank));
  return { graceS, ended: all.length - killed.length, killed: killed.sort((a, b) => a - b) };
}
