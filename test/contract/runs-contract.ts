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

  it('lists by time, whatever the names of the jobs are', async () => {
    const late = { ...newRecord(), runId: 'aardvark-1', startedAt: 1_800_000_000_000 };
    const later = { ...newRecord(), runId: 'a-0', startedAt: 1_800_000_000_001, execution: 'arn:e' };
    await runs().record(later);
    await runs().record(late);
    expect(await runs().list(2)).toEqual([later, late]);
    expect(await runs().find('a-0')).toEqual(later);
    expect(await runs().find('nobody')).toBeUndefined();
  });

  it('keeps the first record of a run', async () => {
    const first = newRecord();
    await runs().record(first);
    await runs().record({ ...first, job: 'another', startedAt: 1_900_000_000_000 });
    expect(await runs().find(first.runId)).toEqual(first);
    expect((await runs().list(100)).filter(({ runId }) => runId === first.runId)).toEqual([first]);
  });

  it('lists more runs than there are as those that there are', async () => {
    await runs().record(newRecord());
    expect(await runs().list(100)).toHaveLength(count);
  });
}
