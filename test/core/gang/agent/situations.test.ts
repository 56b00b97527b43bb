/** Single rules in situations that whole agents rarely come into, each of which must not make them act. */
import { describe, expect, it } from 'vitest';
import { type AgentState, withCurrent } from '#core/gang/agent/agent.ts';
import { ownHost } from '#core/gang/agent/place.ts';
import { saysTheSame } from '#core/gang/agent/record.ts';
import { pass } from '#core/gang/agent/rules/answer.ts';
import { arrive } from '#core/gang/agent/rules/arrive.ts';
import { joinAndReport, rejectHost } from '#core/gang/agent/rules/join.ts';
import { preempted } from '#core/gang/agent/rules/notice.ts';
import { poll } from '#core/gang/agent/rules/poll.ts';
import { beat } from '#core/gang/agent/rules/signal.ts';
import { sealRoster, startTasks } from '#core/gang/agent/rules/start.ts';
import type { Phase, Roster } from '#core/gang/records.ts';
import { control, member, roster, Subject, types, written } from '../subject.ts';

const NOW = 100_000;

/** An agent of a gang that runs, with whatever is different. */
function state(change: Partial<AgentState> = {}, current: Partial<AgentState['current']> = {}): AgentState {
  return withCurrent({ ...new Subject().running().state, inFlight: [], controlAtMs: NOW, ...change }, current);
}
const inPhase = (phase: Phase) => ({ control: control({ phase, opId: phase }) });
const wait = (rank: number, epoch = 0, kind: 'barrier' | 'allGather' = 'barrier') => ({
  ...{ callId: `${rank}`, epoch, arrival: { rank, kind, callSite: '' }, sinceMs: NOW, deadlineMs: NOW + 1_000 },
});
const withoutSelf: Roster = { ...roster, hosts: roster.hosts.slice(1) };
const bare = { stored: undefined, tasks: 'none' } as const;
const whatOf = (effects: ReturnType<typeof poll>['effects']) =>
  effects.flatMap((effect) => (effect.type === 'read' ? effect.what : []));

describe('a place in the roster', () => {
  it.each([{ instanceId: 'c' }, { bootId: 'other' }, { nonce: 'other' }])('is not one’s own with %j', (change) => {
    const hosts = roster.hosts.map((host) => (host.instanceId === 'a' ? { ...host, ...change } : host));
    expect(ownHost(state({}, { roster: { ...roster, hosts } }))).toBeUndefined();
  });
});

describe('joining', () => {
  it('is asked again by a host whose reply was lost, once the roster has it', () => {
    expect(types(joinAndReport(state(inPhase('STARTING'), bare)).effects)).toEqual(['putMember']);
    expect(joinAndReport(state(inPhase('STARTING'), { ...bare, roster: withoutSelf })).effects).toEqual([]);
  });
});

describe('a host that is not fit', () => {
  const unfit = { unfit: { why: 'disk-full', evidence: 'ENOSPC' } } as const;

  it.each(['FORMING', 'STARTING'] as const)('stops a gang that is %s', (phase) => {
    expect(written(rejectHost(state({ ...unfit, ...inPhase(phase) })).effects)).toMatchObject([{ phase: 'STOPPING' }]);
  });

  it('stops none that runs, and none without a lease', () => {
    expect(rejectHost(state({ ...unfit, ...inPhase('RUNNING') })).effects).toEqual([]);
    expect(rejectHost(state({ ...unfit, ...inPhase('FORMING'), lease: 'renewing' })).effects).toEqual([]);
  });
});

describe('a record', () => {
  it('says something else where its state, its notice, its exits or its fitness differ', () => {
    const one = member('a');
    expect(saysTheSame(one, member('a', { seq: 9, accelerators: [] }))).toBe(true);
    const exits = { 0: { code: 0, signal: null, stopped: false } };
    for (const other of [{ state: 'STARTED' }, { notice: 'spot' }, { unfit: 'disk-full' }, { exits }] as const) {
      expect(saysTheSame(one, member('a', other)), JSON.stringify(other)).toBe(false);
    }
  });
});

describe('a notice', () => {
  const notice = { notice: { text: 'spot', atMs: 0 } };

  it('stops the gang when its time has come, but not one that is stopping, nor one whose roster is not known', () => {
    expect(written(preempted(state(notice), NOW).effects)).toMatchObject([{ phase: 'STOPPING' }]);
    expect(preempted(state({ ...notice, ...inPhase('STOPPING') }), NOW).effects).toEqual([]);
    expect(preempted(state(notice, { roster: undefined }), NOW).effects).toEqual([]);
  });
});

describe('signs of life', () => {
  it('come from a host that has joined, and from no other', () => {
    expect(types(beat(state(), NOW).effects)).toContain('beat');
    expect(beat(state({}, { stored: undefined }), NOW).effects).toEqual([]);
  });

  it.each([
    ['STARTING', true],
    ['RUNNING', true],
    ['STOPPING', false],
  ] as const)('of the gang reach the workflow from rank 0 in %s: %s', (phase, isSent) => {
    expect(types(beat(state(inPhase(phase)), NOW).effects).includes('callbackHeartbeat')).toBe(isSent);
  });
});

describe('starting', () => {
  it('is sealed by a host that is ready, and by no other', () => {
    const members = [member('b'), member('c')];
    const forming = (own: 'READY' | 'JOINED') =>
      sealRoster(state(inPhase('FORMING'), { roster: undefined, members, stored: member('a', { state: own }) }));
    expect(written(forming('READY').effects)).toMatchObject([{ phase: 'STARTING' }]);
    expect(forming('JOINED').effects).toEqual([]);
  });

  it('is for hosts of the roster of a live gang', () => {
    const idle = { tasks: 'none' } as const;
    expect(types(startTasks(state({}, idle)).effects)).toEqual(['startTasks']);
    expect(startTasks(state({}, { ...idle, roster: withoutSelf })).effects).toEqual([]);
    expect(startTasks(state(inPhase('STOPPING'), idle)).effects).toEqual([]);
  });
});

describe('a barrier', () => {
  it('is not answered with what another brought together', () => {
    const gathered = { epoch: 0, payloads: ['old'] };
    const released = { control: control({ phase: 'RUNNING', epoch: 2, opId: 'e' }) };
    const { effects } = pass(state(released, { gathered, waits: [wait(0, 1, 'allGather')] }), NOW);
    expect(types(effects)).toEqual(['readBarrier']);
  });

  it('of a gang that is not live is left alone', () => {
    expect(arrive(state(inPhase('STOPPING'), { waits: [wait(0), wait(1)] }), NOW).effects).toEqual([]);
  });

  it('is given up for a rank of this host that has left, before its record is stored', () => {
    const exits = { 1: { code: 0, signal: null, stopped: false } };
    const cause = { kind: 'barrier-mismatch', detail: expect.stringContaining('rank 1 exited with code 0') };
    expect(written(arrive(state({}, { waits: [wait(0)], exits }), NOW).effects)).toMatchObject([{ cause }]);
  });

  it('that is late names those that never came, and not those that wait here', () => {
    const askedAtMs = NOW + 2_000;
    const arrived = { epoch: 0, askedAtMs, arrivals: undefined, fullSinceMs: undefined };
    const { effects } = arrive(state({}, { waits: [wait(0)], arrived }), NOW + 3_000);
    expect(written(effects)).toMatchObject([{ cause: { kind: 'barrier-timeout', missing: [1, 2, 3] } }]);
  });
});

describe('looking around', () => {
  const due = { poll: 0, help: 0, beat: 0, watch: 0, lease: 0, callback: 0 };

  it('that waits for an answer stays due', () => {
    const asked = poll(state({ due, inFlight: ['readControl', 'read'] }), NOW);
    expect(asked.effects).toEqual([]);
    expect(asked.state.due).toEqual(due);
  });

  it('asks for the roster before only where there was an attempt before', () => {
    const forming = (attempt: number) =>
      poll(state({ due, control: control({ attempt, opId: 'f' }) }, { roster: undefined }), NOW);
    expect(whatOf(forming(0).effects)).not.toContain('previousRoster');
    expect(whatOf(forming(1).effects)).toContain('previousRoster');
  });

  it('asks for heartbeats where this host is one of those that watch', () => {
    const [own, other] = roster.hosts;
    if (own === undefined || other === undefined) throw new Error('the roster has two hosts');
    const at = (place: number) => {
      const hosts = Array.from({ length: 16 }, (_, index) => ({ ...other, instanceId: `b${index}` }));
      return poll(state({ due }, { roster: { ...roster, hosts: hosts.with(place, own) } }), NOW);
    };
    const watching = Array.from({ length: 16 }, (_, place) => whatOf(at(place).effects).includes('beats'));
    expect(watching.filter((one) => one)).toHaveLength(8);
  });

  it('asks for members where all tasks of this host have ended before the gang has started', () => {
    const of = (own: 'EXITED' | 'CLEAN') =>
      whatOf(poll(state({ due, ...inPhase('STARTING') }, { stored: member('a', { state: own }) }), NOW).effects);
    expect(of('EXITED')).toContain('members');
    expect(of('CLEAN')).not.toContain('members');
  });
});
