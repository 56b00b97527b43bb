import { isDue } from '#core/stream/batching.ts';
import { FINISH_MAX } from '#core/stream/ports.ts';
import { comesAgain, type RecordFate } from '#core/stream/record.ts';
import { answerRecords } from '#flows/stream/answer-records.ts';
import type { RunningStream, StreamPorts } from '#flows/stream/ports.ts';
import { type FolderListing, listWatched, recordOf, type WatchedFile } from './watched-files.ts';

export interface FolderStream {
  readonly ports: StreamPorts;
  readonly stream: RunningStream;
  readonly folder: string;
  /** Ends it, once what is in work is done. */
  readonly signal: AbortSignal;
  /** Ends it, too, once everything that is there is answered or set aside. */
  readonly once: boolean;
  /** Is told of each file that was tried. */
  readonly tell: (file: WatchedFile, fate: RecordFate) => void;
  /** Is told of names that are not read, once each. */
  readonly skip: (name: string) => void;
}

const POLL_MS = 100;
/** The share of time that listing the folder may take. */
const LISTING_SHARE = 0.1;
/** A file that failed is tried again after so long, and each time later. */
const RETRY_MS = 1_000;

interface Seen {
  readonly tag: string;
  /** When this content was first seen. */
  readonly sinceMs: number;
  /** It is answered, set aside, or was before this process. */
  isDone: boolean;
  tries: number;
  retryAtMs: number;
}

/**
 * Answers the files of a folder as they appear. A file is taken when two looks at it, one after the other, find it the same;
 * one that is rewritten later is another record.
 */
export async function answerFolder(options: FolderStream): Promise<void> {
  const { ports, folder, signal, once, skip } = options;
  const { clock } = ports;
  const seen = new Map<string, Seen>();
  const skipped = new Set<string>();
  while (!signal.aborted) {
    const startedMs = clock.monotonicMs();
    const listing = listWatched(folder);
    for (const name of listing.skipped.filter((one) => !skipped.has(one))) {
      skipped.add(name);
      skip(name);
    }
    const nowMs = clock.monotonicMs();
    const ready = readyFiles(listing, seen, nowMs);
    if (once && listing.files.every(({ name }) => seen.get(name)?.isDone)) return;
    const waitedMs = Math.max(0, ...ready.map(({ name }) => nowMs - (seen.get(name)?.sinceMs ?? nowMs)));
    const sizeBytes = ready.reduce((sum, file) => sum + file.sizeBytes, 0);
    const limits = { ...options.stream.job.batch, maxRecords: FINISH_MAX };
    if (isDue({ records: ready.length, sizeBytes, waitedMs }, limits)) await answerFiles(options, ready, seen);
    else await clock.sleep(Math.max(POLL_MS, (nowMs - startedMs) / LISTING_SHARE), signal).catch(() => {});
  }
}

/** Notes what is there, forgets what is gone, and gives what is complete and waits. */
function readyFiles({ files }: FolderListing, seen: Map<string, Seen>, nowMs: number): readonly WatchedFile[] {
  const names = new Set(files.map(({ name }) => name));
  for (const name of seen.keys()) if (!names.has(name)) seen.delete(name);
  return files.filter(({ name, tag }) => {
    const known = seen.get(name);
    if (known?.tag !== tag) {
      seen.set(name, { tag, sinceMs: nowMs, isDone: false, tries: 0, retryAtMs: 0 });
      return false;
    }
    return !known.isDone && known.retryAtMs <= nowMs;
  });
}

async function answerFiles(
  options: FolderStream,
  ready: readonly WatchedFile[],
  seen: Map<string, Seen>,
): Promise<void> {
  const { ports, stream, tell } = options;
  const files = upTo(ready, stream.job.limits.recordBytes);
  const fates = await answerRecords(ports, stream, files.map(recordOf));
  for (const [at, file] of files.entries()) {
    const fate = fates[at] as RecordFate;
    const known = seen.get(file.name);
    if (known === undefined) continue;
    known.isDone = !comesAgain(fate);
    known.tries++;
    known.retryAtMs = ports.clock.monotonicMs() + RETRY_MS * known.tries;
    tell(file, fate);
  }
}

/** As many as one transaction takes, and as fit the memory of one record of the largest size. */
function upTo(files: readonly WatchedFile[], bytes: number): readonly WatchedFile[] {
  const fits: WatchedFile[] = [];
  let sum = 0;
  for (const file of files.slice(0, FINISH_MAX)) {
    sum += file.sizeBytes;
    if (fits.length > 0 && sum > bytes) break;
    fits.push(file);
  }
  return fits;
}
