import { expect, it } from 'vitest';
import type { Clock } from '#core/system/ports.ts';

/** What every Clock must do. */
export function clockContract(clock: () => Clock): void {
  it('moves by what was slept, on both of its clocks', async () => {
    const [wallMs, monotonicMs] = [clock().wallMs(), clock().monotonicMs()];
    await clock().sleep(20);
    // A timer of the machine may fire a part of a millisecond early, and wall time is in whole ones.
    expect(clock().monotonicMs() - monotonicMs).toBeGreaterThanOrEqual(19);
    expect(clock().wallMs() - wallMs).toBeGreaterThanOrEqual(18);
  });

  it('never goes back', async () => {
    const seen: number[] = [];
    for (let i = 0; i < 50; i++) {
      seen.push(clock().monotonicMs());
      await clock().sleep(0);
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it('gives wall time as milliseconds of the epoch', () => {
    expect(new Date(clock().wallMs()).getUTCFullYear()).toBeGreaterThanOrEqual(2023);
  });

  it('does not sleep where the signal was given before', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const before = clock().monotonicMs();
    await expect(clock().sleep(60_000, signal)).rejects.toThrow();
    expect(clock().monotonicMs() - before).toBeLessThan(30_000);
  });
}
