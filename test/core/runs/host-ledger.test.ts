import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostLedger, type Span } from '#core/runs/host-ledger.ts';
import type { Stay } from '#core/runs/phases.ts';

const span = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 40 }))
  .map(([from, length]): Span => ({ from: from * 1000, to: (from + length) * 1000 }));

/** Seconds at which somebody looks whether a host is leased, and in which phase the run is. */
const looked = (leases: readonly Span[], within: Span): number => {
  let seconds = 0;
  for (let at = 0; at < 120; at++) {
    const isIn = ({ from, to }: Span) => from <= at * 1000 && at * 1000 < to;
    if (isIn(within)) seconds += leases.filter(isIn).length;
  }
  return seconds;
};

describe('the ledger of hosts', () => {
  it('is what somebody would have counted who looked every second', () => {
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 6 }),
        span,
        (leases, lengths, lost) => {
          let at = 0;
          const stays = lengths.map((length, i): Stay => {
            const from = at;
            at += length * 1000;
            return { phase: ['acquire', 'train', 'release'][i % 3] ?? '', from, to: at, outcome: 'done' };
          });
          const ledger = hostLedger({ leases, stays, lost: [lost] });
          for (const phase of new Set(stays.map((stay) => stay.phase))) {
            const counted = stays
              .filter((stay) => stay.phase === phase)
              .reduce((sum, stay) => sum + looked(leases, stay), 0);
            expect(ledger.byPhase[phase]).toBeCloseTo(counted);
          }
          expect(ledger.lostS).toBeCloseTo(looked(leases, lost));
          const all = Object.values(ledger.byPhase).reduce((sum, seconds) => sum + seconds, 0);
          expect(all).toBeCloseTo(ledger.totalS, 1);
        },
      ),
    );
  });

  it('names what lies in no phase, such as a host that was released late', () => {
    const stays: readonly Stay[] = [{ phase: 'train', from: 0, to: 5_000, outcome: 'done' }];
    expect(hostLedger({ leases: [{ from: 0, to: 7_000 }], stays, lost: [] })).toEqual({
      ...{ totalS: 7, lostS: 0 },
      byPhase: { train: 5, outside: 2 },
    });
  });
});
