import { describe, expect, it } from 'vitest';
import { decide, type GangView } from '#core/gang/controller/controller.ts';
import { type RestartPolicy, restart } from '#core/gang/controller/restart.ts';
import type { Control, Member } from '#core/gang/records.ts';
import { accountable } from '#core/gang/roster/accountable.ts';
import { control, member, roster } from '../subject.ts';

const POLICY: RestartPolicy = { restarts: { user: 1, infrastructure: 1, preemption: 1 } };
const exit = { code: 7, signal: null, message: 'boom', stopped: false } as const;
const cause = { kind: 'task-failed', rank: 1, exit } as const;
const drained = (change: Partial<Control> = {}) => control({ phase: 'DRAINED', epoch: 4, cause, ...change });
const clean = (instanceId: string, change: Partial<Member> = {}) => member(instanceId, { state: 'CLEAN', ...change });
const failed = clean('a', { exits: { 1: exit }, masterPort: 4711 });
const gang = { control: drained(), roster, members: [failed, clean('b')] };

describe('a gang that is whole', () => {
  it('begins again with the same hosts and ranks, and where its first host will listen', () => {
    const again = restart(gang, POLICY, 'op');
    expect(again?.roster).toEqual({ ...roster, attempt: 1, masterPort: 4711 });
    expect(again?.write.set).toMatchObject({
      ...{ phase: 'STARTING', attempt: 1, epoch: 0 },
      charged: { user: 1, infrastructure: 0, preemption: 0 },
    });
    expect(again?.end).toEqual({
      ...{ attempt: 0, epoch: 4, cause, code: 'LS_TASK_FAILED', message: 'rank 1 on a exited with code 7: boom' },
      ...{ rank: 1, budget: 'user', isRestarted: true, replaced: [] },
    });
  });

  it('goes through its controller in the same way, unless the provider knows better', () => {
    const lease = { runId: 'r', attempt: 0, instanceType: 't', zone: 'z', market: 'spot', acquiredAt: 0 };
    const view: GangView = {
      ...{ ...gang, opId: 'op', nowMs: 5, silent: new Set(), gone: new Set(), reasons: new Map(), leftS: 9 },
      ...{ isOverdue: false, isUnwatched: false, limits: { ...POLICY, maxDurationS: 9 } },
      leases: ['a', 'b'].map((instanceId) => ({ ...lease, instanceId })),
    };
    expect(decide(view)).toEqual({ do: 'again', restart: restart(gang, POLICY, 'op') });
    expect(decide({ ...view, gone: new Set(['b']) })).toMatchObject({ do: 'restart', keep: [{ instanceId: 'a' }] });
    expect(decide({ ...view, leases: view.leases.slice(0, 1) })).toMatchObject({ do: 'restart', drop: [] });
  });
});

describe('the controller is needed', () => {
  const needed = (change: Partial<Parameters<typeof restart>[0]>, policy = POLICY) =>
    expect(restart({ ...gang, ...change }, policy, 'op')).toBeUndefined();

  it('where the attempt was never sealed, or another roster is known', () => {
    needed({ roster: undefined });
    needed({ roster: { ...roster, attempt: 1 } });
    needed({ roster: { ...roster, hosts: [] } });
  });

  it.each<[string, Partial<Member>]>([
    ['has not proved itself clean', { state: 'EXITED' }],
    ['is another boot', { bootId: 'other' }],
    ['is another agent', { nonce: 'other' }],
    ['will be taken away', { notice: 'spot' }],
    ['is not fit', { unfit: 'disk-full' }],
  ])('where a host %s', (_, change) => {
    needed({ members: [failed, clean('b', change)] });
    needed({ members: [clean('a', { exits: { 1: exit }, ...change }), clean('b')] });
  });

  it('where a host has no record', () => {
    needed({ members: [failed] });
    needed({ members: [clean('b')] });
  });

  it('where a host is to be ended for being late', () => needed({ control: drained({ overdue: ['b'] }) }));

  it('where a host is at fault, or nobody can say what a restart would be charged to', () => {
    needed({ control: drained({ cause: { kind: 'host-lost', instanceId: 'b', why: 'silent', evidence: '' } }) });
    needed({}, { ...POLICY, exitCodes: { 7: 'infrastructure' } });
    needed({}, { ...POLICY, exitCodes: { 7: 'fail' } });
    needed({ control: drained({ cause: { kind: 'cancelled', by: 'me' } }) });
  });

  it('where the budget is used up', () => needed({}, { restarts: { ...POLICY.restarts, user: 0 } }));
});

describe('those who are accountable for an attempt', () => {
  it('are all who have a record, and all of the roster', () => {
    const all = accountable(roster, [clean('b'), clean('c')]);
    expect(all.map(({ instanceId, state }) => [instanceId, state])).toEqual([
      ['b', 'CLEAN'],
      ['c', 'CLEAN'],
      ['a', 'JOINED'],
    ]);
    expect(all[2]).toMatchObject({ bootId: 'b', nonce: 'n', seq: 0, exits: {} });
    expect(accountable(undefined, [clean('b')])).toEqual([clean('b')]);
  });
});
