import { comesAgain, type RecordFate, type StreamRecord } from './record.ts';

/**
 * What became of the records of one delivery. Behind the first of a group that must come again, none of that group is
 * answered: it is `behind`.
 */
export class Fates {
  readonly #records: readonly StreamRecord[];
  readonly #fates = new Map<StreamRecord, RecordFate>();
  /** Group → place of its first record that must come again. */
  readonly #stopped = new Map<string, number>();

  /** In the order of the delivery. */
  constructor(records: readonly StreamRecord[]) {
    this.#records = records;
  }

  end(record: StreamRecord, fate: RecordFate): void {
    this.#fates.set(record, fate);
    if (record.group === undefined || !comesAgain(fate)) return;
    const at = this.#records.indexOf(record);
    this.#stopped.set(record.group, Math.min(at, this.#stopped.get(record.group) ?? at));
  }

  isBehind(record: StreamRecord): boolean {
    const stopped = record.group === undefined ? undefined : this.#stopped.get(record.group);
    return stopped !== undefined && this.#records.indexOf(record) > stopped;
  }

  of(record: StreamRecord): RecordFate {
    return this.#fates.get(record) ?? { state: 'behind' };
  }
}
