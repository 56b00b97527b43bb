import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterQuota, afterShortage, type Cooldown, isCooling } from '#core/fleet/cooldown.ts';

const T0 = 1_700_000_000_000;

/** Lengths of the cool-downs of a pool that is asked again as soon as each is over. */
function inARow(count: number): readonly number[] {
  const lengths: number[] = [];
  let cooldown: Cooldown | undefined;
  for (let i = 0; i < count; i++) {
    cooldown = afterShortage(cooldown, cooldown?.untilMs ?? T0);
    lengths.push(cooldown.lengthS);
  }
  return lengths;
}

describe('the cool-down of a pool without capacity', () => {
  it('begins with a minute, doubles, and stays at ten minutes', () => {
    expect(inARow(6)).toEqual([60, 120, 240, 480, 600, 600]);
  });

  it('begins anew for a pool that was quiet for long', () => {
    const last = { untilMs: T0, lengthS: 600 };
    expect(afterShortage(last, T0 + 600_000)).toEqual({ untilMs: T0 + 660_000, lengthS: 60 });
    expect(afterShortage(last, T0 + 599_999).lengthS).toBe(600);
  });

  it('lasts to the millisecond', () => {
    const cooldown = afterShortage(undefined, T0);
    expect(isCooling(cooldown, T0 + 59_999)).toBe(true);
    expect(isCooling(cooldown, T0 + 60_000)).toBe(false);
    expect(isCooling(undefined, T0)).toBe(false);
  });

  it('is never shorter than a minute and never longer than ten, in whatever order pools are asked', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_600_000 })), (pauses) => {
        let nowMs = T0;
        let cooldown: Cooldown | undefined;
        for (const pause of pauses) {
          nowMs += pause;
          cooldown = afterShortage(cooldown, nowMs);
          expect(cooldown.untilMs - nowMs).toBeGreaterThanOrEqual(60_000);
          expect(cooldown.untilMs - nowMs).toBeLessThanOrEqual(600_000);
        }
      }),
    );
  });
});

it('leaves a pool alone for two minutes after a quota, and counts that as no shortage', () => {
  const cooldown = afterQuota(T0);
  expect(isCooling(cooldown, T0 + 119_999)).toBe(true);
  expect(isCooling(cooldown, T0 + 120_000)).toBe(false);
  expect(afterShortage(cooldown, cooldown.untilMs).lengthS).toBe(60);
});
