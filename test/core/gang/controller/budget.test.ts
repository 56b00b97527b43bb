import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charge } from '#core/gang/controller/budget.ts';
import type { Budget } from '#core/job/job.ts';

const BUDGETS: readonly Budget[] = ['user', 'infrastructure', 'preemption'];
const limits = fc.record({ user: fc.nat(4), infrastructure: fc.nat(4), preemption: fc.nat(4) });

describe('budgets', () => {
  it('are charged one at a time, by one, and never beyond their limit', () => {
    fc.assert(
      fc.property(limits, fc.array(fc.constantFrom(...BUDGETS), { maxLength: 20 }), (limit, failures) => {
        let charged = { user: 0, infrastructure: 0, preemption: 0 };
        for (const [index, failure] of failures.entries()) {
          const after = charge(charged, failure, limit);
          // The slow twin: count what has happened.
          const before = failures.slice(0, index).filter((one) => one === failure).length;
          if (before >= limit[failure]) {
            expect(after).toBeUndefined();
            return;
          }
          expect(after).toEqual({ ...charged, [failure]: before + 1 });
          charged = after as typeof charged;
        }
      }),
    );
  });
});
