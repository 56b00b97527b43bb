import { runObjects } from '#core/objects/addresses.ts';
import type { LivePorts } from '#flows/runs/live-view.ts';
import type { LogEntry, LogSource } from './routes.ts';

/** More than a screen can show; what comes before is named by its size. */
const TAIL_BYTES = 256 * 1024;

/** `<attempt>/<rank>.log`, at the end of a URI. */
const PLACE = /\/(\d+)\/(\d+)\.log$/;

/** The task logs of the clouds that are up. */
export const cloudLogs = (clouds: () => Promise<readonly LivePorts[]>): LogSource => ({
  async list(runId) {
    for (const cloud of await clouds()) {
      const entries: LogEntry[] = [];
      for await (const { uri, sizeBytes } of cloud.objects.list(runObjects({ bucket: cloud.bucket, runId }).logs)) {
        const [, attempt, rank] = PLACE.exec(uri) ?? [];
        if (rank !== undefined) entries.push({ attempt: Number(attempt), rank: Number(rank), sizeBytes });
      }
      if (entries.length > 0) return entries.toSorted((a, b) => a.attempt - b.attempt || a.rank - b.rank);
    }
    return [];
  },
  async tail(runId, attempt, rank) {
    for (const { objects, bucket } of await clouds()) {
      const uri = runObjects({ bucket, runId }).log(attempt, rank);
      const head = await objects.head(uri);
      if (head === undefined) continue;
      const start = Math.max(0, head.sizeBytes - TAIL_BYTES);
      if (head.sizeBytes === 0) return { text: '', skippedBytes: 0 };
      const { bytes } = await objects.get(uri, { start, end: head.sizeBytes });
      return { text: Buffer.from(bytes).toString('utf8'), skippedBytes: start };
    }
    return undefined;
  },
});
