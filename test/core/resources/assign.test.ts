import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assign } from '#core/resources/assign.ts';
import { ONE, taskSlots, toUnits } from '#core/resources/units.ts';

const addressesOf = (n: number) => Array.from({ length: n }, (_, i) => String(i));

/** The slow twin: gives tasks one by one to the accelerators that carry least, counting units on each. */
function slowAssign(addresses: readonly string[], tasks: number, amount: number): string[][] | undefined {
  const units = toUnits(amount);
  const load = addresses.map(() => 0n);
  const result: string[][] = [];
  for (let task = 0; task < tasks; task++) {
    const mine: string[] = [];
    let left = units;
    while (left > 0n) {
      // biome-ignore lint/complexity/useMathMinMax: Math.min takes no bigint.
      const piece = left < ONE ? left : ONE;
      const [least = ONE] = [...load].sort((a, b) => Number(a - b));
      const at = load.indexOf(least);
      if (at < 0 || least + piece > ONE) return undefined;
      load[at] = least + piece;
      left -= piece;
      mine.push(addresses[at] as string);
    }
    result.push(mine);
  }
  return result;
}

describe('units', () => {
  test('n tasks of one n-th always fit one accelerator, for every n', () => {
    for (let n = 1; n <= 2000; n++) {
      expect(toUnits(1 / n) * BigInt(n), `n = ${n}`).toBeLessThanOrEqual(ONE);
      expect(taskSlots(1, 1 / n), `n = ${n}`).toBe(n);
    }
  });

  test('what is neither a fraction nor whole is refused', () => {
    for (const amount of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e-17]) {
      expect(() => toUnits(amount)).toThrow(expect.objectContaining({ code: 'LS_JOB_IMPOSSIBLE' }));
    }
  });

  test('a fraction that does not divide one leaves the rest unused', () => {
    expect([0.3, 0.4, 0.5, 0.6, 0.34].map((amount) => taskSlots(2, amount))).toEqual([6, 4, 4, 2, 4]);
  });
});

describe('assign', () => {
  const amount = fc.oneof(
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 2, max: 40 }).map((n) => 1 / n),
    fc.integer({ min: 1, max: 99 }).map((n) => n / 100),
  );

  test('agrees with the twin that counts units on each accelerator', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 1, max: 40 }), amount, (n, tasks, perTask) => {
        const expected = slowAssign(addressesOf(n), tasks, perTask);
        if (expected === undefined) expect(() => assign(addressesOf(n), tasks, perTask)).toThrow(/need/);
        else expect(assign(addressesOf(n), tasks, perTask)).toEqual(expected);
      }),
    );
  });

  test('whole amounts are disjoint, and complete when the tasks fill the host', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 4 }), (tasks, perTask) => {
        const addresses = addressesOf(tasks * perTask);
        expect(assign(addresses, tasks, perTask).flat()).toEqual(addresses);
      }),
    );
  });

  test('shares are spread before any accelerator is doubled', () => {
    expect(assign(['0', '1', '2', '3'], 4, 0.5)).toEqual([['0'], ['1'], ['2'], ['3']]);
    expect(assign(['a', 'b'], 3, 1 / 3)).toEqual([['a'], ['b'], ['a']]);
  });

  test('an amount of zero needs no accelerator', () => {
    expect(assign([], 2, 0)).toEqual([[], []]);
  });

  test('too few accelerators are refused with what was needed and what was found', () => {
    expect(() => assign(['0'], 2, 1)).toThrow('2 tasks with 1 accelerators each need 2 on the host; found 1 (0)');
    expect(() => assign([], 1, 0.5)).toThrow('need 1 on the host; found none');
  });
});
