import type { Guardian } from '#adapters/process/guardian.ts';
import { invariant } from '#core/errors.ts';
import type { AgentEvent } from '#core/gang/agent/effects.ts';
import type { Roster, TaskExit } from '#core/gang/records.ts';
import { isPortTaken } from '#core/launch/port-taken.ts';
import type { Secrets } from '#core/launch/ports.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import type { ProgressStore } from '#core/training/ports.ts';
import type { ParquetDecoder } from '#formats/parquet/decoder.ts';
import { type HeldPort, holdPort } from './held-port.ts';
import { startLogShipper } from './log-shipper.ts';
import { type OpenAttempt, openAttempt } from './open-attempt.ts';
import { portHolder } from './port-holder.ts';
import type { ReadyHost } from './preparation.ts';
import { type Calls, createCalls } from './services/calls.ts';
import { watchForStall } from './stall-watch.ts';
import { createSupervisor, type Supervisor } from './supervisor/supervisor.ts';
import { unfitBy } from './unfit.ts';
import { type UsageWatch, watchUsage } from './usage-watch.ts';

/** The tasks of this host, as the protocol has them started and stopped. Nothing blocks; what comes of it is sent as events. */
export interface HostTasks {
  readonly calls: Calls;
  start(roster: Roster): void;
  stop(reason: string, graceMs: number): void;
  requestCheckpoint(): void;
  /** Resolves when everything asked for so far is done. */
  settled(): Promise<void>;
  close(): void;
}

export interface HostTasksOptions extends ReadyHost {
  readonly runId: string;
  readonly instanceId: string;
  readonly address: string;
  /** The master port of the first attempt. */
  readonly port: HeldPort;
  readonly bucket: string;
  readonly objects: Objects;
  readonly progress: ProgressStore;
  readonly secrets: Secrets;
  readonly parquet: ParquetDecoder;
  readonly clock: Clock;
  readonly log: Log;
  readonly guardian: Guardian;
  readonly env: NodeJS.ProcessEnv;
  /** Folder of the Python package `lockstep`. */
  readonly pythonFolder: string;
  readonly send: (event: AgentEvent) => void;
  /** The tasks of an attempt could not be ended: nothing that this host says can be relied on any more. */
  readonly onFailure: () => void;
}

/** How long the end of an attempt waits for the logs to be copied: a store that hangs must not hold up the gang. */
const LAST_WORDS_MS = 2_000;

/** A host without tasks. Starting and stopping take turns: a stop that comes during a start ends what that started. */
export function createHostTasks(options: HostTasksOptions): HostTasks {
  const { clock, log, send } = options;
  const closed = new AbortController();
  const calls = createCalls(send);
  const shipper = startLogShipper({ ...options, signal: closed.signal });
  const supervisor = createSupervisor({
    ...{ guardian: options.guardian, clock, log, user: options.user },
    onExit(rank, ended) {
      const step = attempt?.steps.all().find((mark) => mark.rank === rank)?.step;
      const exit = { ...ended, ...(step !== undefined && { step }), ...(lostPort(ended) && { portTaken: true }) };
      log.info('task ended', { rank, exit, ...(exit.code === 0 && { othersHaveS: options.job.limits.exitSpreadS }) });
      running.delete(rank);
      send({ type: 'taskExited', rank, exit });
    },
  });
  /** Only the host of rank 0 can lose the master port, which it held until its tasks started. */
  const lostPort = ({ code, stopped, message }: TaskExit): boolean => {
    if (code === 0 || stopped || message === undefined || masterPort === undefined) return false;
    return isPortTaken(message, masterPort, portHolder(masterPort, supervisor.pids()));
  };
  let masterPort: number | undefined;
  let attempt: OpenAttempt | undefined;
  /** Ranks of this host whose tasks have not ended, and what ends the watch over them. */
  const running = new Set<number>();
  let watched = new AbortController();
  let usage: UsageWatch | undefined;
  let { port } = options;
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>, onFailure: (error: unknown) => void) => {
    turn = turn.then(work).catch((error: unknown) => {
      log.error('host failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      onFailure(error);
    });
  };

  return {
    calls,
    start: (roster) =>
      inTurn(
        async () => {
          attempt = await openAttempt({ ...options, roster, calls });
          const { launches, marker, steps } = attempt;
          for (const { rank } of launches) running.add(rank);
          masterPort = roster.hosts[0]?.instanceId === options.instanceId ? roster.masterPort : undefined;
          // Held until now, so that no stranger listens where rank 0 will.
          await port.release();
          supervisor.start(launches, marker);
          watched = new AbortController();
          void watchForStall({
            ...{ clock, stallS: options.job.limits.stallS, signal: watched.signal },
            marks: () => steps.working().filter(({ rank }) => running.has(rank)),
            end: (rank, reason) => supervisor.abort(rank, reason),
          });
          shipper.follow({ attempt: roster.attempt, logs: supervisor.logs() });
          usage = watchAttempt(options, roster, supervisor);
          log.info('tasks started', { attempt: roster.attempt, ranks: attempt.launches.map((one) => one.rank) });
          send({ type: 'tasksStarted' });
        },
        (error) => send({ type: 'unfit', ...unfitBy(error) }),
      ),
    stop(reason, graceMs) {
      // At once, even if tasks are still being started: who waits learns of it without waiting for the turn.
      attempt?.cancellation.cancel(reason);
      inTurn(async () => {
        watched.abort();
        attempt?.cancellation.cancel(reason);
        await supervisor.stop(graceMs);
        await attempt?.settle();
        log.info('no task is left', { reason });
        // What the tasks left of the old one, connections that linger or a stranger by now, must not cost the next attempt.
        await port.release();
        port = await holdPort(options.address);
        send({ type: 'masterPort', port: port.number });
        // A host that is clean may be terminated at once, and the last words of its tasks with it.
        await Promise.race([Promise.all([shipper.flush(), usage?.stop()]), clock.sleep(LAST_WORDS_MS)]);
        send({ type: 'clean' });
        await attempt?.close();
        attempt = undefined;
      }, options.onFailure);
    },
    requestCheckpoint: () => attempt?.cancellation.requestCheckpoint(),
    settled: () => turn,
    close() {
      closed.abort();
      void port.release();
    },
  };
}

function watchAttempt(options: HostTasksOptions, roster: Roster, supervisor: Supervisor): UsageWatch {
  const { objects, clock, log, instanceId } = options;
  return watchUsage({
    ...{ objects, clock, log, attempt: roster.attempt, instanceId, processes: () => supervisor.pids() },
    uri: runObjects(options).usageLog(roster.attempt, instanceId),
    accelerators: acceleratorsOf(roster, instanceId),
  });
}

/** All that the tasks of a host have. */
const acceleratorsOf = ({ hosts }: Roster, instanceId: string): readonly string[] => [
  ...new Set(
    hosts
      .filter((one) => one.instanceId === instanceId)
      .flatMap(({ tasks }) => tasks.flatMap((task) => task.accelerators)),
  ),
];

/** Of a host that cannot take part: it starts none, so it is clean whenever it is asked. */
export function noTasks(send: HostTasksOptions['send']): HostTasks {
  return {
    calls: createCalls(send),
    start: () => invariant(false, 'a host that is unfit is in no roster'),
    stop: () => send({ type: 'clean' }),
    requestCheckpoint() {},
    settled: async () => {},
    close() {},
  };
}
