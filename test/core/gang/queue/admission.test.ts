import { describe, expect, it } from 'vitest';
import { isNext } from '#core/gang/queue/admission.ts';
import type { QueueEntry } from '#core/gang/queue/entry.ts';

const NOW = 1_000;
const entry = (runId: string, change: Partial<QueueEntry> = {}): QueueEntry => ({
  ...{ runId, jobUri: '', priority: 0, queuedAtS: 900, askedAtS: 995, admitted: false, instanceTypes: ['g6.xlarge'] },
  ...change,
});
const next = (entries: readonly QueueEntry[]) =>
  entries.filter((one) => isNext(entries, one.runId, NOW)).map((one) => one.runId);

describe('the gang queue', () => {
  it('goes by priority, then by age, then by run id', () => {
    expect(next([entry('a', { queuedAtS: 1 }), entry('b', { priority: 1 })])).toEqual(['b']);
    expect(next([entry('a'), entry('b', { queuedAtS: 899 })])).toEqual(['b']);
    expect(next([entry('b'), entry('a')])).toEqual(['a']);
  });

  it('holds up only gangs that want the same instance types', () => {
    const other = entry('b', { queuedAtS: 1, instanceTypes: ['p5.48xlarge'] });
    expect(next([entry('a'), other])).toEqual(['a', 'b']);
    expect(next([entry('a'), { ...other, instanceTypes: ['p5.48xlarge', 'g6.xlarge'] }])).toEqual(['b']);
  });

  it('does not wait for a gang that has its hosts, or has stopped asking', () => {
    expect(next([entry('b'), entry('a', { queuedAtS: 1, admitted: true })])).toContain('b');
    expect(next([entry('b'), entry('a', { queuedAtS: 1, askedAtS: 849 })])).toContain('b');
    expect(next([entry('b'), entry('a', { queuedAtS: 1, askedAtS: 850 })])).toEqual(['a']);
  });

  it('admits nobody who is not in it', () => {
    expect(isNext([entry('a')], 'x', NOW)).toBe(false);
  });
});
