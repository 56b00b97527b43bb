import { expect, it } from 'vitest';
import type { Ids } from '#core/system/ports.ts';

/** What every Ids must do. */
export function idsContract(ids: () => Ids): void {
  it('never gives an id twice', () => {
    const given = Array.from({ length: 2_000 }, () => ids().next());
    expect(new Set(given).size).toBe(given.length);
  });

  it('gives ids of at most 26 lower-case letters and digits, all of one length', () => {
    const given = Array.from({ length: 20 }, () => ids().next());
    for (const id of given) expect(id).toMatch(/^[a-z0-9]{1,26}$/);
    expect(new Set(given.map(({ length }) => length)).size).toBe(1);
  });

  it('gives ids that sort by the time of their birth', async () => {
    const given: string[] = [];
    for (let i = 0; i < 5; i++) {
      given.push(ids().next());
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(given.toSorted()).toEqual(given);
  });
}
