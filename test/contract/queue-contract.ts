import { expect, it } from 'vitest';
import type { GangQueue } from '#core/gang/ports.ts';
import type { QueueEntry } from '#core/gang/queue/entry.ts';

let count = 0;
const newEntry = (): QueueEntry => ({
  ...{ runId: `run-${process.pid}-q${count++}`, jobUri: 's3://b/job.json', priority: 3, queuedAtS: 10, askedAtS: 20 },
  ...{ admitted: false, instanceTypes: ['g6.xlarge'] },
});
const newPool = () => `g6.xlarge-${process.pid}-${count++}`;

/** What every GangQueue must do. */
export function queueContract(queue: () => GangQueue): void {
  const own = async ({ runId }: QueueEntry) => (await queue().list()).filter((one) => one.runId === runId);

  it('keeps one entry a gang, renewed each time it asks, until it is removed', async () => {
    const entry = newEntry();
    await queue().put(entry);
    await queue().put({ ...entry, askedAtS: 30 });
    expect(await own(entry)).toEqual([{ ...entry, askedAtS: 30 }]);
    await queue().remove(entry.runId);
    await queue().remove(entry.runId);
    expect(await own(entry)).toEqual([]);
  });

  it('notes what becomes of a gang, each thing by itself', async () => {
    const entry = newEntry();
    const watch = { attempt: 1, phase: 'RUNNING', sinceS: 1, beats: 2, beatsSinceS: 3 } as const;
    await queue().put(entry);
    await queue().note(entry.runId, { watch });
    expect(await own(entry)).toEqual([{ ...entry, watch }]);
    await queue().note(entry.runId, { admitted: true });
    expect(await own(entry)).toEqual([{ ...entry, admitted: true, watch }]);
    await queue().note(entry.runId, { admitted: true, watch: { ...watch, beats: 9 } });
    expect(await own(entry)).toEqual([{ ...entry, admitted: true, watch: { ...watch, beats: 9 } }]);
  });

  it('takes no gang back among those that wait once it is admitted', async () => {
    const entry = newEntry();
    await queue().put(entry);
    await queue().note(entry.runId, { admitted: true });
    await queue().put({ ...entry, askedAtS: 99 });
    expect(await own(entry)).toEqual([{ ...entry, admitted: true }]);
  });

  it('brings nobody back by a note that comes after the removal', async () => {
    const entry = newEntry();
    await queue().put(entry);
    await queue().remove(entry.runId);
    await queue().note(entry.runId, { admitted: true });
    expect(await own(entry)).toEqual([]);
  });

  it('gives a lock to one gang at a time, until it expires', async () => {
    const pool = newPool();
    const first = await queue().lock(pool, { runId: 'a', nowS: 100, ttlS: 60 });
    expect(first).toEqual({ runId: 'a', untilS: 160, fence: 1 });
    expect(await queue().lock(pool, { runId: 'b', nowS: 159, ttlS: 60 })).toEqual(first);
    expect(await queue().lock(pool, { runId: 'a', nowS: 150, ttlS: 60 })).toEqual({
      runId: 'a',
      untilS: 210,
      fence: 1,
    });
    expect(await queue().lock(pool, { runId: 'b', nowS: 211, ttlS: 60 })).toEqual({
      runId: 'b',
      untilS: 271,
      fence: 2,
    });
  });

  it('frees a lock for its holder only', async () => {
    const pool = newPool();
    await queue().unlock(pool, 'a');
    await queue().lock(pool, { runId: 'a', nowS: 0, ttlS: 60 });
    await queue().unlock(pool, 'b');
    expect((await queue().lock(pool, { runId: 'b', nowS: 1, ttlS: 60 })).runId).toBe('a');
    await queue().unlock(pool, 'a');
    expect(await queue().lock(pool, { runId: 'b', nowS: 1, ttlS: 60 })).toEqual({ runId: 'b', untilS: 61, fence: 2 });
  });

  it.each(['new', 'expired'])('lets exactly one of many racing gangs have a lock that is %s', async (which) => {
    const pool = newPool();
    if (which === 'expired') await queue().lock(pool, { runId: 'before', nowS: -100, ttlS: 60 });
    const racers = Array.from({ length: 8 }, (_, n) => queue().lock(pool, { runId: `r${n}`, nowS: 0, ttlS: 60 }));
    expect(new Set((await Promise.all(racers)).map((lock) => lock.runId)).size).toBe(1);
  });
}
