import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Redaction } from '#core/launch/redaction.ts';
import { createLines, type Lines } from './lines.ts';
import { createTail } from './tail.ts';

/** Bytes of a log that are kept from its beginning, and from its end. What lies between is left out, and said so. */
const HEAD_BYTES = 4 * 2 ** 20;
const END_BYTES = 256 * 2 ** 10;
/** Enough for a stack trace and the banner that a launcher prints below it. */
const ERRORS_BYTES = 32 * 2 ** 10;

type Stream = 'stdout' | 'stderr';

/** The output of one task: whole lines of standard output and error in the order they came, bounded on every side. */
export interface TaskLog {
  write(chunk: Buffer, stream: Stream): void;
  /** Bytes of the beginning, which only ever grows, and of the end that does not follow it without a gap. */
  sizes(): { readonly headBytes: number; readonly endBytes: number; readonly leftOutBytes: number };
  /** The beginning; where the output outgrew it, a line that says what is left out, and the end. */
  head(): Buffer;
  end(): Buffer;
  /** The last that the task said: on standard error or, if that is empty, on standard output. */
  lastWords(): string;
  /** Takes lines that nothing ended, and closes the file. */
  close(): void;
}

export interface TaskLogOptions {
  readonly headBytes?: number;
  readonly endBytes?: number;
  /** Told of each line, and of one that has no end yet, as a progress bar has none. @default - nobody is */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Takes out of whole lines what nobody may read. */
  readonly redact?: Redaction | undefined;
}

/**
 * Opens (and empties) the log file of a task. The file holds the beginning; a disk that is full or cannot be written makes
 * that shorter and nothing else: no write ever throws.
 */
export function openTaskLog(
  path: string,
  { headBytes = HEAD_BYTES, endBytes = END_BYTES, onLine, redact }: TaskLogOptions = {},
): TaskLog {
  const file = openHead(path, headBytes);
  const end = createTail(endBytes);
  const streams = { stdout: stream(redact), stderr: stream(redact) };
  let isClosed = false;

  const append = (text: Buffer) => {
    const written = file.append(text);
    end.push(text.subarray(written));
  };
  return {
    write(chunk, name) {
      const text = streams[name].lines.push(chunk);
      streams[name].tail.push(text);
      append(text);
      if (onLine !== undefined) tell(Buffer.concat([text, streams[name].lines.rest()]), onLine);
    },
    sizes: () => ({
      headBytes: file.sizeBytes(),
      endBytes: end.pushedBytes(),
      leftOutBytes: end.pushedBytes() - end.bytes().byteLength,
    }),
    head: () => file.read(),
    end() {
      const left = end.pushedBytes() - end.bytes().byteLength;
      const failure = file.failure();
      const sizes = `a log keeps its first ${headBytes} bytes and its last ${endBytes}`;
      const why = failure === undefined ? sizes : `the log cannot be written: ${failure}`;
      const isTold = left > 0 || failure !== undefined;
      const gap = isTold ? `[lockstep: ${left} bytes are left out, because ${why}]\n` : '';
      return Buffer.concat([Buffer.from(gap), end.bytes()]);
    },
    lastWords() {
      const said = ({ tail, lines }: ReturnType<typeof stream>) =>
        Buffer.concat([tail.bytes(), lines.rest()]).toString('utf8').trim();
      return said(streams.stderr) || said(streams.stdout);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      for (const { lines } of Object.values(streams)) append(lines.rest());
      file.close();
    },
  };
}

function tell(text: Buffer, onLine: (line: string) => void): void {
  for (const line of text.toString('utf8').split('\n')) if (line !== '') onLine(line);
}

const stream = (redact: Redaction | undefined) => ({
  lines: redacted(createLines(), redact),
  tail: createTail(ERRORS_BYTES),
});

function redacted(lines: Lines, redact: Redaction | undefined): Lines {
  if (redact === undefined) return lines;
  const clean = (bytes: Buffer) => Buffer.from(redact(bytes.toString('utf8')));
  return { push: (chunk) => clean(lines.push(chunk)), rest: () => clean(lines.rest()) };
}

/** The file of a log's beginning. */
function openHead(path: string, maxBytes: number) {
  let file: number | undefined;
  let size = 0;
  let failure: string | undefined;
  let isFull = false;
  try {
    mkdirSync(dirname(path), { recursive: true });
    file = openSync(path, 'w+');
  } catch (error) {
    failure = (error as Error).message;
  }
  return {
    /** Bytes of the text that are in the file now; the rest does not fit, or cannot be written. */
    append(text: Buffer): number {
      if (file === undefined || failure !== undefined || isFull || text.byteLength === 0) return 0;
      const fits = text.subarray(0, maxBytes - size);
      try {
        const written = writeSync(file, fits);
        size += written;
        isFull = size >= maxBytes;
        // What follows a short write would leave a gap that nobody sees.
        if (written < fits.byteLength) failure = 'the disk took no more';
        return written;
      } catch (error) {
        failure = (error as Error).message;
        return 0;
      }
    },
    sizeBytes: () => size,
    failure: () => failure,
    read: () => (size === 0 ? Buffer.alloc(0) : readBeginning(path, size)),
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** What is there of so many bytes; a log that cannot be read is as good as none. */
function readBeginning(path: string, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  try {
    const file = openSync(path, 'r');
    try {
      return bytes.subarray(0, readSync(file, bytes, 0, sizeBytes, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return Buffer.alloc(0);
  }
}
