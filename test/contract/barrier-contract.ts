import { expect, it } from 'vitest';
import type { BarrierStore } from '#core/gang/ports.ts';
import type { Arrival } from '#core/gang/records.ts';

let count = 0;
const newPlace = () => ({ runId: `run-${process.pid}-b${count++}`, attempt: 0, epoch: 0 });
const barrier = (rank: number): Arrival => ({ rank, kind: 'barrier', callSite: 'train.ts:3' });
const gather = (rank: number, payload: string): Arrival => ({
  rank,
  kind: 'allGather',
  callSite: 'train.ts:9',
  payload,
});

/** What every BarrierStore must do. */
export function barrierContract(store: () => BarrierStore): void {
  it('answers an arrival with the set as it is after it', async () => {
    const at = newPlace();
    expect(await store().arrivals(at)).toBeUndefined();
    expect(await store().arrive(at, [barrier(2), barrier(0)])).toEqual({
      ...{ kind: 'barrier', callSite: 'train.ts:3', ranks: [0, 2] },
    });
    expect(await store().arrive(at, [{ ...barrier(1), callSite: 'other.ts:1' }])).toEqual({
      ...{ kind: 'barrier', callSite: 'train.ts:3', ranks: [0, 1, 2] },
    });
    expect((await store().arrivals(at))?.ranks).toEqual([0, 1, 2]);
  });

  it('takes arriving twice for arriving once', async () => {
    const at = newPlace();
    await store().arrive(at, [barrier(1)]);
    expect((await store().arrive(at, [barrier(1)])).ranks).toEqual([1]);
  });

  it('adds nothing of another kind, and answers with what is there', async () => {
    const at = newPlace();
    await store().arrive(at, [barrier(0)]);
    const there = { kind: 'barrier', callSite: 'train.ts:3', ranks: [0] };
    expect(await store().arrive(at, [gather(1, 'x')])).toEqual(there);
    expect(await store().arrivals(at)).toEqual(there);
  });

  it('adds no barrier to an allGather either, nor takes the place in the code of a later call', async () => {
    const at = newPlace();
    const there = { kind: 'allGather', callSite: 'train.ts:9', ranks: [1] };
    expect(await store().arrive(at, [gather(1, 'x')])).toEqual(there);
    expect(await store().arrive(at, [barrier(0)])).toEqual(there);
    const both = { ...there, ranks: [0, 1] };
    expect(await store().arrive(at, [{ ...gather(0, 'y'), callSite: 'other.ts:1' }])).toEqual(both);
    expect(await store().arrivals(at)).toEqual(both);
  });

  it('keeps epochs and attempts apart', async () => {
    const at = newPlace();
    await store().arrive(at, [barrier(0)]);
    expect(await store().arrivals({ ...at, epoch: 1 })).toBeUndefined();
    expect(await store().arrivals({ ...at, attempt: 1 })).toBeUndefined();
  });

  it('loses none of many arrivals at once', async () => {
    const at = newPlace();
    const sets = await Promise.all(Array.from({ length: 24 }, (_, rank) => store().arrive(at, [barrier(rank)])));
    expect((await store().arrivals(at))?.ranks).toHaveLength(24);
    // Whoever came last saw all: without that nobody would release.
    expect(Math.max(...sets.map((set) => set.ranks.length))).toBe(24);
  });

  it('brings payloads of many ranks together', async () => {
    const at = newPlace();
    const ranks = Array.from({ length: 100 }, (_, rank) => rank);
    await store().arrive(
      at,
      ranks.filter((rank) => rank !== 64).map((rank) => gather(rank, `of ${rank}`)),
    );
    expect(await store().payloads(at, 100)).toEqual(ranks.map((rank) => (rank === 64 ? undefined : `of ${rank}`)));
  });

  it('orders payloads by rank and shows which are missing', async () => {
    const at = newPlace();
    await store().arrive(at, [gather(11, 'eleven'), gather(2, '')]);
    await store().arrive(at, [gather(0, 'zero')]);
    const expected = Array.from<string | undefined>({ length: 12 });
    Object.assign(expected, { 0: 'zero', 2: '', 11: 'eleven' });
    expect(await store().payloads(at, 12)).toEqual(expected);
  });

  it('gathers more than one page of payloads', async () => {
    const at = newPlace();
    const payload = (rank: number) => `${rank}:${'x'.repeat(60_000)}`;
    const ranks = Array.from({ length: 24 }, (_, rank) => rank);
    await store().arrive(
      at,
      ranks.map((rank) => gather(rank, payload(rank))),
    );
    expect(await store().payloads(at, 24)).toEqual(ranks.map(payload));
  });
}
