import { open } from 'node:fs/promises';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';

/** Log files of the tasks of one attempt. */
interface ShippedLogs {
  readonly attempt: number;
  readonly files: readonly { readonly rank: number; readonly path: string; sizeBytes(): number }[];
}

export interface LogShipper {
  /** From now on these are the logs that are copied. */
  follow(logs: ShippedLogs): void;
  /** Copies what has changed, once; called at the end of an attempt. */
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

/** A log is copied whole each time, so that the pause grows with its size: about 1 MB a second at most. */
const PERIOD_MS = 2_000;
const BYTES_PER_MS = 1_000;

/** Copies task logs to S3 while they grow. A copy that fails is tried again; logs never hold up anything else. */
export function startLogShipper(options: LogShipperOptions): LogShipper {
  const { objects, bucket, runId, clock, log, signal } = options;
  let current: ShippedLogs = { attempt: 0, files: [] };
  let shipped = new Map<number, number>();

  const ship = async (): Promise<number> => {
    const { attempt, files } = current;
    const sizes = shipped;
    let bytes = 0;
    for (const file of files.filter((one) => one.sizeBytes() !== (sizes.get(one.rank) ?? 0))) {
      const body = await readAll(file.path);
      await objects.put(runObjects({ bucket, runId }).log(attempt, file.rank), body);
      sizes.set(file.rank, body.byteLength);
      bytes += body.byteLength;
    }
    return bytes;
  };
  const shipSafely = () =>
    ship().catch((error: unknown) => {
      log.warn('task log not shipped', { error: String(error) });
      return 0;
    });
  const loop = async () => {
    while (!signal.aborted) {
      const bytes = await shipSafely();
      await clock.sleep(Math.max(PERIOD_MS, bytes / BYTES_PER_MS), signal).catch(() => undefined);
    }
  };
  void loop();
  return {
    follow(logs) {
      current = logs;
      shipped = new Map();
    },
    flush: async () => {
      await shipSafely();
    },
  };
}

async function readAll(path: string): Promise<Uint8Array> {
  await using file = await open(path, 'r');
  return await file.readFile();
}
