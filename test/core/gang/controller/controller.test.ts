import { describe, expect, it } from 'vitest';
import type { Lease } from '#core/fleet/records.ts';
import { decide } from '#core/gang/controller/controller.ts';
import type { Member } from '#core/gang/records.ts';
import { control, member } from '../subject.ts';

const lease = (instanceId: string): Lease => ({
  ...{ runId: 'r', attempt: 0, instanceId, instanceType: 't', zone: 'z', market: 'on-demand', acquiredAt: 0 },
});

/** What is done with the hosts a, b and c after host a has stopped the attempt. */
function restartOf(members: readonly Member[], gone: readonly string[] = []) {
  const cause = { kind: 'host-unfit', instanceId: 'a', why: 'disk-full', evidence: 'ENOSPC' } as const;
  const decision = decide({
    control: control({ phase: 'DRAINED', cause }),
    ...{ members, leases: ['a', 'b', 'c'].map(lease), gone: new Set(gone), silent: new Set<string>() },
    reasons: new Map(),
    roster: undefined,
    ...{ isOverdue: false, isUnwatched: false, leftS: 100, opId: 'x', nowMs: 0 },
    limits: { restarts: { user: 0, infrastructure: 1, preemption: 0 }, maxDurationS: 100 },
  });
  expect(decision.do).toBe('restart');
  return decision;
}

describe('a restart', () => {
  it('lets go every host that has found itself unfit, whichever of them stopped the attempt', () => {
    const members = [
      member('a', { state: 'CLEAN', unfit: 'disk-full' }),
      member('b', { state: 'CLEAN', unfit: 'disk-full' }),
      member('c', { state: 'CLEAN' }),
    ];
    expect(restartOf(members)).toMatchObject({ drop: ['a', 'b'], keep: [{ instanceId: 'c', attempt: 1 }] });
  });

  it('lets go a host that is gone, and one that will be taken away', () => {
    const members = [
      member('a', { state: 'CLEAN' }),
      member('b', { state: 'CLEAN', notice: 'spot' }),
      member('c', { state: 'CLEAN' }),
    ];
    expect(restartOf(members, ['c'])).toMatchObject({ drop: ['a', 'b', 'c'], keep: [] });
  });

  it('keeps a host that had no part in the attempt, also where its record came after the drain', () => {
    const members = [member('a', { state: 'CLEAN', unfit: 'disk-full' }), member('b', { state: 'READY' })];
    expect(restartOf(members)).toMatchObject({ drop: ['a'], keep: [{ instanceId: 'b' }, { instanceId: 'c' }] });
  });

  it('lets go a host that is not known to be clean of its tasks', () => {
    const members = [
      member('a', { state: 'CLEAN' }),
      member('b', { state: 'STARTED' }),
      member('c', { state: 'EXITED' }),
    ];
    expect(restartOf(members)).toMatchObject({ drop: ['a', 'b', 'c'], keep: [] });
  });
});

describe('a failure that nobody is to blame for', () => {
  const exit = { code: 1, signal: null, stopped: false, message: 'EADDRINUSE', portTaken: true };
  const decided = (attempt: number, charged: { readonly user: number }) =>
    decide({
      control: control({
        ...{ phase: 'DRAINED', attempt, cause: { kind: 'task-failed', rank: 0, exit } },
        charged: { infrastructure: 0, preemption: 0, ...charged },
      }),
      ...{ members: [member('a', { state: 'CLEAN', exits: { 0: exit } })], leases: [lease('a')] },
      ...{ roster: undefined, gone: new Set<string>(), silent: new Set<string>(), reasons: new Map() },
      ...{ isOverdue: false, isUnwatched: false, leftS: 100, opId: 'x', nowMs: 0 },
      limits: { restarts: { user: 2, infrastructure: 1, preemption: 0 }, maxDurationS: 100 },
    });

  it('costs no budget three times in a run, and then what an error of the program costs', () => {
    const free = decided(3, { user: 1 });
    expect(free).toMatchObject({ do: 'restart', keep: [{ instanceId: 'a' }], end: { rank: 0, isRestarted: true } });
    expect(free).toMatchObject({ write: { set: { charged: { user: 1 } } } });
    expect('end' in free && free.end.budget).toBe(undefined);
    expect(decided(4, { user: 1 })).toMatchObject({ do: 'restart', end: { budget: 'user' } });
    expect(decided(5, { user: 2 })).toMatchObject({ do: 'end', end: { budget: 'user', isRestarted: false } });
  });
});
