import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Bytes of one task's log; what comes after is dropped and said so. */
const LOG_BYTES_MAX = 16 * 2 ** 20;
/** Enough for a stack trace. */
const TAIL_BYTES = 4 * 2 ** 10;

/** The output of one task: standard output and error in the order they came, in one file of bounded size. */
export interface TaskLog {
  readonly path: string;
  write(chunk: Buffer, stream: 'stdout' | 'stderr'): void;
  /** Bytes in the file. */
  sizeBytes(): number;
  /** The end of what was written to standard error, at most a few kilobytes. */
  stderrTail(): string;
  close(): void;
}

/** Opens (and empties) the log file of a task. */
export function openTaskLog(path: string, maxBytes = LOG_BYTES_MAX): TaskLog {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  let size = 0;
  let isOpen = true;
  let tail = Buffer.alloc(0);

  const append = (chunk: Buffer) => {
    size += writeSync(file, chunk);
  };
  return {
    path,
    write(chunk, stream) {
      if (stream === 'stderr') tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
      if (!isOpen || size >= maxBytes) return;
      append(chunk.subarray(0, maxBytes - size));
      if (size >= maxBytes) append(Buffer.from(`\n[lockstep: output after ${maxBytes} bytes is not kept]\n`));
    },
    sizeBytes: () => size,
    stderrTail: () => tail.toString('utf8').trim(),
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}
