/**
 * Starts the tasks of one attempt on this host, and ends them: SIGTERM to every process, the grace time, SIGKILL, and
 * then proof that nothing is left. Whatever happens to the agent, the guardian kills the groups.
 */
import type { Guardian } from '#adapters/process/guardian.ts';
import { findProcesses, type LivingProcess } from '#adapters/process/process-table.ts';
import { signalProcess } from '#adapters/process/signal.ts';
import type { TaskExit } from '#core/gang/records.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import { startTask, type TaskLaunch, type TaskProcess } from './task-process.ts';

export interface Supervisor {
  /** Starts all tasks of an attempt. Called once an attempt, after the one before is proved gone. */
  start(tasks: readonly TaskLaunch[], marker: string): void;
  /** Resolves when no process of the attempt is left; tries until then. Callers of a stop in progress share it. */
  stop(graceMs: number): Promise<void>;
  /** Log files of the current attempt's tasks. */
  logs(): readonly { readonly rank: number; readonly path: string; sizeBytes(): number }[];
}

export interface SupervisorOptions {
  readonly guardian: Guardian;
  readonly clock: Clock;
  readonly log: Log;
  readonly onExit: (rank: number, exit: TaskExit) => void;
}

const POLL_MS = 25;
/** A process that survives SIGKILL this long is stuck in the kernel: worth a line in the log, each time. */
const STUCK_MS = 5_000;

/** A supervisor without tasks. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { guardian, onExit } = options;
  let tasks: readonly TaskProcess[] = [];
  let marker = '';
  let stopping: Promise<void> | undefined;

  const pgids = () => new Set(tasks.map((task) => task.pgid).filter((pgid) => pgid !== undefined));
  const living = () => findProcesses(pgids(), marker);

  return {
    start(launches, attemptMarker) {
      marker = attemptMarker;
      stopping = undefined;
      tasks = launches.map((launch) => startTask(launch, () => stopping !== undefined));
      for (const pgid of pgids()) guardian.watch(pgid);
      for (const task of tasks) void task.exited.then((exit) => onExit(task.rank, exit));
    },
    stop(graceMs) {
      if (tasks.length === 0) return Promise.resolve();
      stopping ??= endAll(living, graceMs, options).then(async () => {
        // Every exit is reported before the stop is, so that none is taken for the next attempt's.
        await Promise.all(tasks.map((task) => task.exited));
        for (const pgid of pgids()) guardian.unwatch(pgid);
        for (const task of tasks) task.log.close();
      });
      return stopping;
    },
    logs: () => tasks.map(({ rank, log }) => ({ rank, path: log.path, sizeBytes: log.sizeBytes })),
  };
}

async function endAll(
  living: () => readonly LivingProcess[],
  graceMs: number,
  { clock, log }: SupervisorOptions,
): Promise<void> {
  const started = clock.monotonicMs();
  const told = new Set<number>();
  let left = living();
  while (left.length > 0 && clock.monotonicMs() - started < graceMs) {
    // Once each: a second SIGTERM means "at once" to many programs. Children born meanwhile get their first.
    for (const { pid } of left.filter((one) => !told.has(one.pid))) {
      told.add(pid);
      signalProcess(pid, 'SIGTERM');
    }
    await clock.sleep(POLL_MS);
    left = living();
  }
  let stuckSince = clock.monotonicMs();
  while (left.length > 0) {
    for (const { pid } of left) signalProcess(pid, 'SIGKILL');
    await clock.sleep(POLL_MS);
    left = living();
    if (left.length > 0 && clock.monotonicMs() - stuckSince > STUCK_MS) {
      log.warn('processes survive SIGKILL', { pids: left.map((one) => one.pid) });
      stuckSince = clock.monotonicMs();
    }
  }
}
