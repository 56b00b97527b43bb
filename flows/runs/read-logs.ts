import { runObjects } from '#core/objects/addresses.ts';
import type { RunPorts } from './ports.ts';
import type { LogEvent } from './run-event.ts';

/** Reads what the tasks of a run write, as their hosts copy it to the bucket. */
export interface LogReader {
  /** Lines that have been completed since the last call, by attempt and rank. */
  poll(): Promise<readonly LogEvent[]>;
  /** The same, and the last line of each task also where nothing ends it. */
  end(): Promise<readonly LogEvent[]>;
}

/** One log as far as it has been read. */
interface ReadLog {
  readonly attempt: number;
  readonly rank: number;
  sizeBytes: number;
  /** The beginning of a line whose end has not been read. */
  rest: Buffer;
}

/** `<attempt>/<rank>.log` at the end of a URI. */
const PLACE = /(\d+)\/(\d+)\.log$/;
const NEWLINE = 0x0a;
/** Read of one log at a time: a task that floods its log is shown piece by piece, and fills no memory. */
const PIECE_BYTES = 256 * 1024;

export function logReader({ objects, bucket }: Pick<RunPorts, 'objects' | 'bucket'>, runId: string): LogReader {
  const known = new Map<string, ReadLog>();

  const read = async (): Promise<{ readonly events: readonly LogEvent[]; readonly isAll: boolean }> => {
    const events: LogEvent[] = [];
    let isAll = true;
    for await (const { uri, sizeBytes } of objects.list(runObjects({ bucket, runId }).logs)) {
      const log = known.get(uri) ?? newLog(uri);
      if (log === undefined || log.sizeBytes >= sizeBytes) continue;
      known.set(uri, log);
      const end = Math.min(sizeBytes, log.sizeBytes + PIECE_BYTES);
      const { bytes } = await objects.get(uri, { start: log.sizeBytes, end });
      log.sizeBytes += bytes.byteLength;
      isAll &&= end === sizeBytes;
      const lines = completed(log, bytes);
      if (lines.length > 0) events.push({ kind: 'log', attempt: log.attempt, rank: log.rank, lines });
    }
    return { events, isAll };
  };

  return {
    poll: async () => (await read()).events,
    async end() {
      const all: LogEvent[] = [];
      for (let isAll = false; !isAll; ) {
        const piece = await read();
        all.push(...piece.events);
        isAll = piece.isAll;
      }
      const lasts = [...known.values()].filter(({ rest }) => rest.byteLength > 0);
      return [...all, ...lasts.map(lastLine)];
    },
  };
}

function newLog(uri: string): ReadLog | undefined {
  const [, attempt, rank] = PLACE.exec(uri) ?? [];
  if (rank === undefined) return undefined;
  return { attempt: Number(attempt), rank: Number(rank), sizeBytes: 0, rest: Buffer.alloc(0) };
}

/** Takes more bytes of a log and returns the lines that they complete; a line may end in the middle of a character. */
function completed(log: ReadLog, bytes: Uint8Array): readonly string[] {
  const all = Buffer.concat([log.rest, bytes]);
  const last = all.lastIndexOf(NEWLINE);
  log.rest = all.subarray(last + 1);
  return last < 0 ? [] : all.subarray(0, last).toString('utf8').split('\n');
}

const lastLine = ({ attempt, rank, rest }: ReadLog): LogEvent => ({
  ...{ kind: 'log', attempt, rank },
  lines: [rest.toString('utf8')],
});
