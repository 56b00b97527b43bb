import type { RecordFate } from '#core/stream/record.ts';
import type { WatchedFile } from './watched-files.ts';

/** What a stream has come to. */
export interface StreamFigures {
  /** Files whose predictions have appeared. */
  readonly records: number;
  readonly rows: number;
  /** Files that were set aside. */
  readonly dead: number;
  /** Files that were answered before this process was started. */
  readonly before: number;
  /** Rows in a second, from the first to the last answer. */
  readonly rowsPerSecond: number;
  /** Milliseconds from the end of the writing of a file to its answer, of the last one. */
  readonly lagMs: number;
}

/** Counts what becomes of files. */
export class StreamProgress {
  #records = 0;
  #rows = 0;
  #dead = 0;
  #before = 0;
  #lagMs = 0;
  #firstMs: number | undefined;
  #lastMs = 0;

  /** `nowMs` is wall time. */
  count({ writtenMs }: WatchedFile, fate: RecordFate, nowMs: number): void {
    if (fate.state === 'repeated') this.#before++;
    if (fate.state === 'dead') this.#dead++;
    if (fate.state !== 'answered') return;
    this.#records++;
    this.#rows += fate.rows;
    this.#lagMs = Math.max(0, nowMs - writtenMs);
    this.#firstMs ??= nowMs;
    this.#lastMs = nowMs;
  }

  figures(): StreamFigures {
    const seconds = Math.max(1, this.#lastMs - (this.#firstMs ?? this.#lastMs)) / 1000;
    return {
      ...{ records: this.#records, rows: this.#rows, dead: this.#dead, before: this.#before },
      ...{ rowsPerSecond: Math.round(this.#rows / seconds), lagMs: this.#lagMs },
    };
  }
}

export function figuresText({ records, rows, dead, rowsPerSecond, lagMs }: StreamFigures): string {
  const count = (n: number, word: string) => `${n.toLocaleString('en')} ${word}${n === 1 ? '' : 's'}`;
  return [
    `${count(records, 'file')}, ${count(rows, 'row')}`,
    `${rowsPerSecond.toLocaleString('en')} rows/s`,
    `lag ${(lagMs / 1000).toFixed(1)} s`,
    count(dead, 'dead letter'),
  ].join(' · ');
}
