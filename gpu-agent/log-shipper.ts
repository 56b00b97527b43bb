import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import type { TaskLog } from './supervisor/task-log.ts';

/** Logs of the tasks of one attempt. */
interface ShippedLogs {
  readonly attempt: number;
  readonly logs: readonly { readonly rank: number; readonly log: TaskLog }[];
}

export interface LogShipper {
  /** From now on these are the logs that are copied. */
  follow(logs: ShippedLogs): void;
  /** Copies everything in its last state, beginning and end in one; called at the end of an attempt. */
  flush(): Promise<void>;
}

export interface LogShipperOptions {
  readonly objects: Objects;
  readonly bucket: string;
  readonly runId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** What a task has written is in the store so soon, as long as the store answers. */
const PERIOD_MS = 1_500;

/**
 * Copies task logs to S3 while they grow: the beginning, which is a few megabytes at most, and beside it the end of those
 * that outgrew it. A copy that fails is tried again; logs never hold up anything else.
 */
export function startLogShipper({ objects, bucket, runId, clock, log, signal }: LogShipperOptions): LogShipper {
  const at = runObjects({ bucket, runId });
  let copies: readonly LogCopy[] = [];
  const ship = async (isLast: boolean) => {
    await Promise.all(
      copies.map((copy) =>
        copy.ship(isLast).catch((error: unknown) => log.warn('task log not shipped', { error: String(error) })),
      ),
    );
  };
  const loop = async () => {
    while (!signal.aborted) {
      await ship(false);
      await clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    }
  };
  void loop();
  return {
    follow({ attempt, logs }) {
      copies = logs.map((one) =>
        logCopy(objects, one.log, { whole: at.log(attempt, one.rank), end: at.logEnd(attempt, one.rank) }),
      );
    },
    flush: () => ship(true),
  };
}

interface LogCopy {
  ship(isLast: boolean): Promise<void>;
}

/** Copies of one log follow one after the other, so that an earlier one can never replace a later one. */
function logCopy(objects: Objects, log: TaskLog, uris: { readonly whole: string; readonly end: string }): LogCopy {
  let shipped = { headBytes: 0, endBytes: 0 };
  let hasEnd = false;
  let turn: Promise<void> = Promise.resolve();

  const ship = async (isLast: boolean) => {
    const { headBytes, endBytes } = log.sizes();
    const isOutgrown = endBytes > 0;
    if (headBytes > shipped.headBytes || (isLast && endBytes > shipped.endBytes) || (isLast && hasEnd)) {
      await objects.put(uris.whole, isLast && isOutgrown ? Buffer.concat([log.head(), log.end()]) : log.head());
    }
    if (!isLast && endBytes > shipped.endBytes) {
      hasEnd = true;
      await objects.put(uris.end, log.end());
    }
    shipped = { headBytes, endBytes };
    if (!isLast || !hasEnd) return;
    await objects.delete([uris.end]);
    hasEnd = false;
  };
  return {
    ship(isLast) {
      const mine = turn.then(() => ship(isLast));
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}
