import { describe, expect, it } from 'vitest';
import type { AgentEffect, AgentEvent, StoreEffect } from '#core/gang/agent/effects.ts';
import { TIMING } from '#core/gang/agent/timing.ts';
import type { Member, Roster } from '#core/gang/records.ts';
import { control, member, roster, Subject, types, written } from './subject.ts';

/** An agent that has joined attempt 0 with its accelerators, and waits for the gang to form. */
function forming(): Subject {
  const agent = new Subject();
  agent.tell({ type: 'accelerators', addresses: ['0', '1'] });
  agent.sees({ control: control(), leased: true });
  agent.sees({ member: member('a') }, { type: 'putMember', member: member('a') });
  return agent;
}

const beats = (a: number, b: number): ReadonlyMap<string, number> =>
  new Map([
    ['a', a],
    ['b', b],
  ]);

/** Looks at the heartbeats every two seconds, up to this time; answers with what was written meanwhile. */
function watch(agent: Subject, untilMs: number, counters: (nowMs: number) => ReadonlyMap<string, number>) {
  const writes = [];
  for (; agent.nowMs <= untilMs; agent.nowMs += 2_000) {
    writes.push(...written(agent.sees({ beats: counters(agent.nowMs) })));
  }
  return writes;
}

describe('a heartbeat that stands still', () => {
  const silent = (agent: Subject) => watch(agent, TIMING.suspectMs + 2_000, (nowMs) => beats(nowMs, 1));
  const MEMBERS_READ: StoreEffect = { type: 'read', attempt: 0, what: ['members'] };

  it('stops the gang, once the records are as new as the suspicion', () => {
    const agent = new Subject().running();
    expect(silent(agent)).toEqual([]);
    const stops = written(agent.sees({ members: [member('a'), member('b', { state: 'STARTED' })] }, MEMBERS_READ));
    expect(stops).toMatchObject([{ phase: 'STOPPING', cause: { kind: 'host-lost', instanceId: 'b' } }]);
  });

  it.each([
    ['all well', { 2: 0, 3: 0 }, 0],
    ['one of them badly', { 2: 0, 3: 1 }, 1],
  ])('is no loss if the tasks of the host have ended %s', (_, codes: Record<number, number>, stops) => {
    const agent = new Subject().running();
    silent(agent);
    const exits = Object.fromEntries(
      Object.entries(codes).map(([rank, code]) => [rank, { code, signal: null, stopped: true }]),
    );
    const members = [member('a'), member('b', { state: 'EXITED', exits })];
    expect(written(agent.sees({ members }, MEMBERS_READ))).toHaveLength(stops);
  });

  it('of its own is not what an agent stops the gang for', () => {
    const agent = new Subject().running();
    expect(watch(agent, 3 * TIMING.suspectMs, (nowMs) => beats(1, nowMs))).toEqual([]);
    // With records as new as the stillness, so that nothing else holds a stop back.
    expect(written(agent.sees({ members: [member('a'), member('b')] }, MEMBERS_READ))).toEqual([]);
  });

  it('is timed anew after a gap in the looking: everybody may have been stopped together', () => {
    const agent = new Subject().running();
    agent.sees({ beats: beats(1, 1) });
    agent.nowMs = TIMING.suspectMs + 1_000;
    agent.sees({ beats: beats(1, 1) });
    agent.nowMs += 1_000;
    expect(written(agent.sees({ beats: beats(1, 1), members: [] }))).toEqual([]);
    expect(agent.state.current.watched.b?.sinceMs).toBe(TIMING.suspectMs + 1_000);
  });
});

describe('a notice', () => {
  it('that is known before the tasks run is passed on once they do', () => {
    const agent = forming();
    const directive = { kind: 'checkpoint', instanceId: 'b', reason: 'spot' } as const;
    const starting = control({ phase: 'STARTING', opId: 'y', directive });
    expect(types(agent.sees({ control: starting, roster }))).not.toContain('notifyTasks');
    expect(agent.tell({ type: 'tasksStarted' })).toContainEqual({ type: 'notifyTasks', directive });
    expect(types(agent.tell({ type: 'tick' }))).not.toContain('notifyTasks');
  });

  it('is written into the record of its host, and a recommendation is not', () => {
    const agent = new Subject().running();
    expect(types(agent.tell({ type: 'notice', kind: 'rebalance', detail: 'soon' }))).not.toContain('putMember');
    const effects = agent.tell({ type: 'notice', kind: 'spot', detail: 'in 120 s' });
    expect(effects.find((effect) => effect.type === 'putMember')).toMatchObject({
      member: { state: 'STARTED', notice: 'spot: in 120 s' },
    });
  });

  it('counts from the first time it was given', () => {
    const agent = new Subject().running();
    agent.tell({ type: 'notice', kind: 'spot', detail: 'first' });
    agent.nowMs = TIMING.noticeMs - 1;
    agent.sees({
      control: control({
        phase: 'RUNNING',
        opId: 'd',
        directive: { kind: 'checkpoint', instanceId: 'b', reason: 'x' },
      }),
    });
    agent.tell({ type: 'notice', kind: 'spot', detail: 'second' });
    agent.nowMs = TIMING.noticeMs;
    agent.tell({ type: 'unreachable', failed: { type: 'writeControl', write: {} as never } });
    agent.nowMs += TIMING.backoffMs;
    const cause = { kind: 'preempted', instanceId: 'a', notice: 'spot: first' };
    expect(written(agent.sees({}))).toEqual([{ phase: 'STOPPING', cause }]);
  });
});

describe('joining', () => {
  it.each(['QUEUED', 'DRAINED'] as const)('is not for an attempt that is %s', (phase) => {
    expect(types(new Subject().sees({ control: control({ phase }), leased: true }))).not.toContain('putMember');
  });

  it('is not for an attempt that was sealed without this host; it leaves', () => {
    const agent = new Subject();
    const starting = control({ phase: 'STARTING' });
    expect(types(agent.sees({ control: starting, leased: true }))).not.toContain('putMember');
    const others: Roster = { ...roster, hosts: roster.hosts.slice(1) };
    expect(agent.sees({ roster: others })).toContainEqual({
      ...{ type: 'shutdown', reason: 'attempt 0 was sealed without this host' },
    });
  });

  it('waits for the roster before to be known, because survivors keep their ranks', () => {
    const agent = new Subject();
    agent.tell({ type: 'accelerators', addresses: ['0', '1'] });
    const again = control({ attempt: 1 });
    agent.sees({ control: again, leased: true });
    const here = (instanceId: string): Member => member(instanceId, { attempt: 1 });
    agent.sees({ member: here('a') }, { type: 'putMember', member: here('a') });
    const read: StoreEffect = { type: 'read', attempt: 1, what: ['members'] };
    expect(written(agent.sees({ members: [here('a'), here('b')] }, read))).toEqual([]);
    const known = agent.sees({ previousRoster: roster }, { type: 'read', attempt: 1, what: ['previousRoster'] });
    expect(written(known)).toEqual([{ phase: 'STARTING' }]);
  });
});

describe('a barrier whose deadline has come', () => {
  it('is given up with what was asked after the deadline, not with what was known before', () => {
    const agent = new Subject().running();
    const arrive = (rank: number): AgentEvent => ({
      ...{ type: 'arrive', callId: `c${rank}`, timeoutMs: 10_000 },
      arrival: { rank, kind: 'barrier', callSite: '' },
    });
    agent.tell(arrive(0));
    const both = agent.tell(arrive(1)).find((effect) => effect.type === 'arrive') as StoreEffect;
    const arrivals = (ranks: readonly number[]) =>
      ({ epoch: 0, arrivals: { kind: 'barrier', callSite: '', ranks } }) as const;
    agent.sees({ arrivals: arrivals([0, 1]) }, both);
    agent.nowMs = 10_000;
    const late = agent.sees({});
    expect(written(late)).toEqual([]);
    const ask: StoreEffect = { type: 'readBarrier', attempt: 0, epoch: 0, payloads: false };
    expect(late).toContainEqual(ask);
    const cause = { kind: 'barrier-timeout', epoch: 0, missing: [3] };
    expect(written(agent.sees({ arrivals: arrivals([0, 1, 2]) }, ask))).toEqual([{ phase: 'STOPPING', cause }]);
  });
});

describe('the heartbeat of the Run state', () => {
  const isSent = (effects: readonly AgentEffect[]) => types(effects).includes('callbackHeartbeat');
  const later = (agent: Subject) => {
    agent.tell({ type: 'seen', done: { type: 'callbackHeartbeat' }, view: {}, askedAtMs: 0 });
    agent.nowMs = TIMING.callbackMs;
    return agent.sees({});
  };

  it('is sent by every member while the gang forms, and then by the host of rank 0 alone', () => {
    expect(isSent(later(forming()))).toBe(true);
    expect(isSent(later(new Subject().running()))).toBe(true);
    const second: Roster = {
      ...roster,
      hosts: roster.hosts.map((host) => ({
        ...host,
        tasks: host.tasks.map((task) => ({ ...task, rank: (task.rank + 2) % 4 })),
      })),
    };
    const other = forming();
    other.sees({ control: control({ phase: 'STARTING', opId: 'y' }), roster: second });
    expect(isSent(later(other))).toBe(false);
  });
});

describe('an agent that leaves with news for the workflow', () => {
  it('tells it first, unless it is cut off', () => {
    const agent = forming();
    const effects = agent.sees({ members: [member('a'), member('b')] });
    const seal = effects.find((effect) => effect.type === 'writeControl');
    if (seal?.type !== 'writeControl') throw new Error('it did not seal');
    const stopping = control({ phase: 'STOPPING', opId: seal.write.opId, cause: { kind: 'cancelled', by: 'x' } });
    agent.sees({ control: stopping });
    const gone = agent.sees({ leased: false });
    expect(types(gone)).not.toContain('shutdown');
    agent.nowMs = TIMING.fenceMs + 1;
    expect(types(agent.tell({ type: 'tick' }))).toContain('shutdown');
  });
});

describe('a store that does not answer', () => {
  it('is asked again for a heartbeat all the same, and for nothing else before a pause', () => {
    const agent = new Subject().running();
    agent.nowMs = TIMING.beatMs;
    const first = types(agent.tell({ type: 'tick' }));
    expect([first.includes('beat'), first.includes('read')]).toEqual([true, true]);
    agent.nowMs = 2 * TIMING.beatMs;
    const second = types(agent.tell({ type: 'tick' }));
    expect([second.includes('beat'), second.includes('read')]).toEqual([true, false]);
  });

  it('is not told two things of one record at a time', () => {
    const agent = forming();
    agent.tell({ type: 'notice', kind: 'spot', detail: 'in 120 s' });
    expect(types(agent.tell({ type: 'accelerators', addresses: [] }))).not.toContain('putMember');
    const other = new Subject();
    other.sees({ control: control(), leased: true });
    expect(types(other.tell({ type: 'accelerators', addresses: ['0', '1'] }))).not.toContain('putMember');
  });
});

describe('a call of a task', () => {
  const call = (callId: string, rank = 0): AgentEvent => ({
    ...{ type: 'arrive', callId, timeoutMs: 60_000 },
    arrival: { rank, kind: 'barrier', callSite: '' },
  });
  const refusals = (effects: readonly AgentEffect[]) =>
    effects.flatMap((effect) => (effect.type === 'answer' && !effect.result.ok ? [effect.result.code] : []));

  it('that is heard twice is one call, and a second of the same rank is refused', () => {
    const agent = new Subject().running();
    agent.tell(call('one'));
    expect(refusals(agent.tell(call('one')))).toEqual([]);
    expect(refusals(agent.tell(call('two')))).toEqual(['LS_BARRIER_MISMATCH']);
    expect(agent.state.current.waits.map((wait) => wait.callId)).toEqual(['one']);
  });

  it('that comes while the gang stops is refused with the reason of the stop', () => {
    const agent = new Subject().running();
    const cause = { kind: 'host-lost', instanceId: 'b', why: 'gone', evidence: 'gone' } as const;
    agent.sees({ control: control({ phase: 'STOPPING', epoch: 3, opId: 's', cause }) });
    expect(refusals(agent.tell(call('late')))).toEqual(['LS_HOST_LOST']);
  });

  it('that comes while no attempt is live does not pass a barrier of an earlier one', () => {
    const agent = forming();
    agent.sees({ control: control({ phase: 'DRAINED', epoch: 2, opId: 'd' }) });
    expect(refusals(agent.tell(call('stray')))).toEqual(['LS_STALE_ATTEMPT']);
  });
});

describe('an attempt that stops', () => {
  it.each(['STOPPING', 'DRAINED'] as const)('in %s is CLEAN at once on a host that started nothing', (phase) => {
    const agent = forming();
    const effects = agent.sees({ control: control({ phase, opId: 's', cause: { kind: 'cancelled', by: 'x' } }) });
    expect(types(effects)).not.toContain('stopTasks');
    expect(effects.find((effect) => effect.type === 'putMember')).toMatchObject({ member: { state: 'CLEAN' } });
  });

  it('is stopped once on a host, which is CLEAN when that is proved and not before', () => {
    const agent = new Subject().running();
    agent.tell({ type: 'clean' });
    expect(agent.state.current.tasks).toBe('running');
    const stopping = control({ phase: 'STOPPING', opId: 's', cause: { kind: 'cancelled', by: 'x' } });
    expect(types(agent.sees({ control: stopping }))).toContain('stopTasks');
    expect(types(agent.sees({ control: stopping }))).not.toContain('stopTasks');
    const effects = agent.tell({ type: 'clean' });
    expect(effects.find((effect) => effect.type === 'putMember')).toMatchObject({ member: { state: 'CLEAN' } });
  });

  it('hints the others once after a write of its own', () => {
    const agent = new Subject().running();
    const effects = agent.tell({ type: 'taskExited', rank: 1, exit: { code: 1, signal: null, stopped: false } });
    const write = effects.find((effect) => effect.type === 'writeControl');
    if (write?.type !== 'writeControl') throw new Error('it did not stop the gang');
    const stopping = control({ phase: 'STOPPING', opId: write.write.opId, cause: { kind: 'cancelled', by: 'x' } });
    expect(types(agent.sees({ control: stopping }, write))).toContain('hint');
    expect(types(agent.tell({ type: 'tick' }))).not.toContain('hint');
  });

  it('keeps the first exit of a rank', () => {
    const agent = new Subject().running();
    agent.tell({ type: 'taskExited', rank: 1, exit: { code: 0, signal: null, stopped: false } });
    agent.tell({ type: 'taskExited', rank: 1, exit: { code: 9, signal: null, stopped: false } });
    expect(agent.state.current.exits[1]?.code).toBe(0);
    const fresh = forming();
    fresh.tell({ type: 'taskExited', rank: 1, exit: { code: 9, signal: null, stopped: false } });
    expect(fresh.state.current.exits).toEqual({});
  });
});
