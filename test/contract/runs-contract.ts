import { expect, it } from 'vitest';
import type { RunRecord, Runs } from '#core/runs/ports.ts';

/** What every Runs must do. The list is empty at first, and nothing else writes to it. */
export function runsContract(runs: () => Runs): void {
  let count = 0;
  /** A record whose id sorts behind every one before it. */
  function newRecord(change: Partial<RunRecord> = {}): RunRecord {
    const runId = `run-${String(count++).padStart(6, '0')}`;
    return { ...{ runId, kind: 'train', job: 'digits', startedAt: 1_700_000_000_000 + count }, ...change };
  }

  it('lists the newest first, as many as were asked for', async () => {
    const records = [newRecord(), newRecord({ kind: 'infer', job: 'labels' }), newRecord()];
    for (const record of records.toReversed()) await runs().record(record);
    expect(await runs().list(3)).toEqual(records.toReversed());
    expect(await runs().list(1)).toEqual([records[2]]);
  });

  it('keeps the first record of a run', async () => {
    const first = newRecord();
    await runs().record(first);
    await runs().record({ ...first, job: 'another', startedAt: 1 });
    expect(await runs().list(1)).toEqual([first]);
  });

  it('lists more runs than there are as those that there are', async () => {
    await runs().record(newRecord());
    expect(await runs().list(100)).toHaveLength(count);
  });
}
