import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microBatchProbe } from '#core/inference/micro-batch.ts';

/** Runs the probe over full micro-batches until it stays with one size. */
function settle(limit: number, msPerRow: (size: number, run: number) => number): number {
  const probe = microBatchProbe(limit);
  for (let run = 0; run < 100; run++) probe.observe(probe.size(), probe.size() * msPerRow(probe.size(), run));
  return probe.size();
}

/** Fast up to `best` rows, slower the further away from it. */
const peakAt = (best: number) => (size: number) => 1 + Math.abs(Math.log2(size / best)) / 4;

describe('microBatchProbe', () => {
  it.each([256, 1024, 8192])('finds that %i rows are fastest', (best) => {
    expect(settle(8192, peakAt(best))).toBe(best);
  });

  it('is not misled by noise that slows down two runs of three', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 }), fc.constantFrom(256, 512, 2048, 4096), (quiet, best) => {
        const noisy = (size: number, run: number) => peakAt(best)(size) * (run % 3 === quiet ? 1 : 1 + (run % 7));
        expect(settle(4096, noisy)).toBe(best);
      }),
    );
  });

  it('stays within the limit, also where that is smaller than the smallest size it would try', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), (limit) => {
        const probe = microBatchProbe(limit);
        for (let run = 0; run < 100; run++) {
          expect(probe.size()).toBeLessThanOrEqual(limit);
          probe.observe(probe.size(), 1);
        }
      }),
    );
  });

  it('learns nothing from the short end of a record batch', () => {
    const probe = microBatchProbe(8192);
    const size = probe.size();
    for (let run = 0; run < 100; run++) probe.observe(size - 1, 0.001);
    expect(probe.size()).toBe(size);
  });
});
