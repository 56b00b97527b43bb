import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type { RecordClaims } from '#core/stream/ports.ts';
import type { RecordClaim } from '#core/stream/record-claim.ts';
import { memoryRecordClaims } from '../memory/memory-record-claims.ts';

export interface JournalClaims extends RecordClaims {
  close(): void;
}

/** One change: the claim on the record, from then on. */
type Line = readonly [key: string, claim: RecordClaim];

/**
 * Claims of one process on this machine, which are there again when it is started anew: a line of a file for each change. A
 * finished claim is on the disk before anybody is told. Nobody else may have the file open, so that what is held in it when
 * it is opened belongs to a process that is gone, and is free.
 */
export function journalClaims(path: string): JournalClaims {
  const stored = new Map(existsSync(path) ? linesOf(readFileSync(path, 'utf8')) : []);
  rewrite(path, stored);
  const file = openSync(path, 'a');
  const append = (key: string, claim: RecordClaim) => {
    writeSync(file, `${JSON.stringify([key, claim] satisfies Line)}\n`);
    if (claim.state === 'finished') fdatasyncSync(file);
  };
  return { ...memoryRecordClaims(stored, append), close: () => closeSync(file) };
}

/** The last claim of each record. Its process may have died while it wrote the last line. */
function linesOf(text: string): readonly Line[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .map(([key, claim]): Line => [key, claim.state === 'held' ? { ...claim, untilMs: 0 } : claim]);
}

/** A line for each record, which takes the place of the file as a whole. */
function rewrite(path: string, stored: ReadonlyMap<string, RecordClaim>): void {
  const draft = `${path}.draft`;
  writeFileSync(draft, [...stored].map((line) => `${JSON.stringify(line)}\n`).join(''), { flush: true });
  renameSync(draft, path);
}
