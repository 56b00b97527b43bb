/**
 * Starts the tasks of one attempt on this host, and ends them: SIGTERM to every process, the grace time, SIGKILL, and
 * then proof that nothing is left. Whatever happens to the agent, the guardian kills what the enclosure holds.
 */
import { type Enclosure, openEnclosure } from '#adapters/process/enclosure.ts';
import type { Guardian } from '#adapters/process/guardian.ts';
import { signalProcess } from '#adapters/process/signal.ts';
import type { TaskUser } from '#adapters/process/task-user.ts';
import { invariant } from '#core/errors.ts';
import type { TaskExit } from '#core/gang/records.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import type { TaskLog } from './task-log.ts';
import { startTask, type TaskLaunch, type TaskProcess } from './task-process.ts';

export interface Supervisor {
  /** Starts all tasks of an attempt. Called once an attempt, after the one before is proved gone. */
  start(tasks: readonly TaskLaunch[], marker: string): void;
  /** Resolves when no process of the attempt is left; tries until then. Callers of a stop in progress share it. */
  stop(graceMs: number): Promise<void>;
  /** Ends one task that stands still, for this reason; see TaskProcess. */
  abort(rank: number, reason: string): void;
  /** Processes of the attempt that are alive. */
  pids(): readonly number[];
  /** Logs of the current attempt's tasks. */
  logs(): readonly { readonly rank: number; readonly log: TaskLog }[];
}

export interface SupervisorOptions {
  readonly guardian: Guardian;
  readonly clock: Clock;
  readonly log: Log;
  readonly onExit: (rank: number, exit: TaskExit) => void;
  /** Whom nobody but the tasks runs as. @default - they run as the user of this process */
  readonly user?: TaskUser | undefined;
  /** Injected for tests: what holds the processes; default the strongest that this machine has. */
  readonly open?: typeof openEnclosure;
}

const POLL_MS = 25;
/** A process that survives SIGKILL this long is stuck in the kernel: worth a line in the log, each time. */
const STUCK_MS = 5_000;

/** A supervisor without tasks. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { guardian, onExit, user, open = openEnclosure } = options;
  let tasks: readonly TaskProcess[] = [];
  let enclosure: Enclosure | undefined;
  let stopping: Promise<void> | undefined;

  const stop = async (graceMs: number) => {
    if (enclosure !== undefined) await endAll(enclosure, graceMs, options);
    // Every exit is reported before the stop is, so that none is taken for the next attempt's.
    await Promise.all(tasks.map((task) => task.exited));
    enclosure?.close();
    enclosure = undefined;
    for (const task of tasks) task.log.close();
  };
  return {
    start(launches, marker) {
      invariant(enclosure === undefined, 'an attempt starts when the one before is proved gone');
      stopping = undefined;
      const held = open({ guardian, marker, uid: user?.uid });
      enclosure = held;
      tasks = held.enter(() => launches.map((launch) => startTask(launch, () => stopping !== undefined)));
      for (const { pgid } of tasks) if (pgid !== undefined) held.hold(pgid);
      for (const task of tasks) void task.exited.then((exit) => onExit(task.rank, exit));
    },
    stop(graceMs) {
      stopping ??= stop(graceMs);
      return stopping;
    },
    abort: (rank, reason) => tasks.find((task) => task.rank === rank)?.abort(reason),
    pids: () => enclosure?.living().map(({ pid }) => pid) ?? [],
    logs: () => tasks.map(({ rank, log }) => ({ rank, log })),
  };
}

async function endAll(enclosure: Enclosure, graceMs: number, { clock, log }: SupervisorOptions): Promise<void> {
  const started = clock.monotonicMs();
  const told = new Set<number>();
  let left = enclosure.living();
  while (left.length > 0 && clock.monotonicMs() - started < graceMs) {
    // Once each: a second SIGTERM means "at once" to many programs. Children born meanwhile get their first.
    for (const { pid } of left.filter((one) => !told.has(one.pid))) {
      told.add(pid);
      signalProcess(pid, 'SIGTERM');
    }
    await clock.sleep(POLL_MS);
    left = enclosure.living();
  }
  let stuckSince = clock.monotonicMs();
  while (left.length > 0) {
    enclosure.kill();
    await clock.sleep(POLL_MS);
    left = enclosure.living();
    if (left.length > 0 && clock.monotonicMs() - stuckSince > STUCK_MS) {
      log.warn('processes survive SIGKILL', { pids: left.map((one) => one.pid) });
      stuckSince = clock.monotonicMs();
    }
  }
}
