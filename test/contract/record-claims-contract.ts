import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RecordClaims } from '#core/stream/ports.ts';

const NOW = 1_700_000_000_000;
const LATER = NOW + 60_000;
const times = (nowMs = NOW, untilMs = LATER) => ({ nowMs, untilMs });

/** What every RecordClaims must do. Nobody else writes to them. */
export function recordClaimsContract(claims: () => RecordClaims): void {
  let count = 0;
  const newKey = () => `record-${count++}`;

  it('gives a record to the first who asks, and to nobody else until the time is up', async () => {
    const key = newKey();
    expect(await claims().take(key, times())).toEqual({ state: 'taken', fence: 1, attempts: 1 });
    expect(await claims().take(key, times())).toEqual({ state: 'held', untilMs: LATER });
    expect(await claims().take(key, times(LATER - 1))).toMatchObject({ state: 'held' });
    expect(await claims().take(key, times(LATER, LATER + 1))).toEqual({ state: 'taken', fence: 2, attempts: 2 });
  });

  it('gives a record to one of many who ask at once', async () => {
    const key = newKey();
    const taken = await Promise.all(Array.from({ length: 8 }, () => claims().take(key, times())));
    expect(taken.filter(({ state }) => state === 'taken')).toHaveLength(1);
    expect(taken.filter(({ state }) => state === 'held')).toHaveLength(7);
  });

  it('finishes a record once, and says to whoever asks then what became of it', async () => {
    const key = newKey();
    await claims().take(key, times());
    expect(await claims().finish([{ key, fence: 1 }], 'here')).toEqual([]);
    expect(await claims().finish([{ key, fence: 1 }], 'there')).toEqual([key]);
    expect(await claims().take(key, times(LATER + 1))).toEqual({ state: 'finished', outcome: 'here' });
  });

  it('lets nobody finish whose fence is not the newest: the one who was thought dead is too late', async () => {
    const key = newKey();
    await claims().take(key, times());
    await claims().take(key, times(LATER, LATER + 1));
    expect(await claims().finish([{ key, fence: 1 }], 'zombie')).toEqual([key]);
    expect(await claims().finish([{ key, fence: 2 }], 'heir')).toEqual([]);
    expect(await claims().take(key, times())).toEqual({ state: 'finished', outcome: 'heir' });
  });

  it('finishes all records of a batch or none', async () => {
    const keys = [newKey(), newKey(), newKey()];
    for (const key of keys) await claims().take(key, times());
    const [first = '', second = '', third = ''] = keys;
    await claims().take(second, times(LATER, LATER + 1));
    const holdings = keys.map((key) => ({ key, fence: 1 }));
    expect(await claims().finish(holdings, 'all')).toEqual([second]);
    expect(await claims().take(first, times())).toMatchObject({ state: 'held' });
    expect(
      await claims().finish(
        [
          { key: first, fence: 1 },
          { key: third, fence: 1 },
        ],
        'two',
      ),
    ).toEqual([]);
    expect(await claims().take(third, times())).toEqual({ state: 'finished', outcome: 'two' });
  });

  it('finishes a hundred records at once', async () => {
    const keys = Array.from({ length: 100 }, newKey);
    await Promise.all(keys.map((key) => claims().take(key, times())));
    expect(
      await claims().finish(
        keys.map((key) => ({ key, fence: 1 })),
        'all',
      ),
    ).toEqual([]);
    expect(await claims().take(keys.at(-1) ?? '', times())).toEqual({ state: 'finished', outcome: 'all' });
  });

  it('gives a record that was given up to the next one at once, with a newer fence, and counts what counts', async () => {
    const key = newKey();
    await claims().take(key, times());
    await claims().giveUp({ key, fence: 1 }, true);
    expect(await claims().take(key, times())).toEqual({ state: 'taken', fence: 2, attempts: 2 });
    await claims().giveUp({ key, fence: 2 }, false);
    expect(await claims().take(key, times())).toEqual({ state: 'taken', fence: 3, attempts: 2 });
  });

  it('gives nothing up for one who has lost it', async () => {
    const key = newKey();
    await claims().take(key, times());
    await claims().take(key, times(LATER, LATER + 1));
    await claims().giveUp({ key, fence: 1 }, true);
    expect(await claims().take(key, times())).toMatchObject({ state: 'held' });
    await claims().finish([{ key, fence: 2 }], 'done');
    await claims().giveUp({ key, fence: 2 }, true);
    expect(await claims().take(key, times(LATER + 2))).toEqual({ state: 'finished', outcome: 'done' });
  });

  it('never has two holders of the newest fence, whatever is asked in whatever order', async () => {
    const step = fc.record({
      act: fc.constantFrom('take' as const, 'finish' as const, 'giveUp' as const),
      who: fc.nat({ max: 2 }),
      passedMs: fc.constantFrom(0, 30_000, 60_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const key = newKey();
        const fences: (number | undefined)[] = [];
        let nowMs = NOW;
        let outcome: string | undefined;
        let newest = 0;
        for (const { act, who, passedMs } of steps) {
          nowMs += passedMs;
          const fence = fences[who];
          if (act === 'take') {
            const taken = await claims().take(key, times(nowMs, nowMs + 60_000));
            if (taken.state === 'finished') expect(taken.outcome).toBe(outcome);
            if (taken.state !== 'taken') continue;
            expect(outcome).toBeUndefined();
            expect(taken.fence).toBe(newest + 1);
            newest = taken.fence;
            fences[who] = taken.fence;
          } else if (fence !== undefined && act === 'finish') {
            const lost = await claims().finish([{ key, fence }], `of ${fence}`);
            expect(lost).toEqual(fence === newest && outcome === undefined ? [] : [key]);
            if (lost.length === 0) outcome = `of ${fence}`;
          } else if (fence !== undefined) await claims().giveUp({ key, fence }, true);
        }
      }),
      { numRuns: 30 },
    );
  });
}
