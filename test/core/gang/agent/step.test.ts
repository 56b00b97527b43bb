import { describe, expect, it } from 'vitest';
import { newAgent } from '#core/gang/agent/agent.ts';
import type { AgentEffect, AgentEvent, StoreEffect } from '#core/gang/agent/effects.ts';
import { isWatcher } from '#core/gang/agent/place.ts';
import { TIMING } from '#core/gang/agent/timing.ts';
import type { Control, Member, TaskExit } from '#core/gang/records.ts';
import { control, member, READ, roster, Subject, self, types, written } from '../subject.ts';

describe('an agent that has just started', () => {
  it('does nothing before it has a lease, and leaves when none comes', () => {
    const agent = new Subject();
    expect(types(agent.sees({ control: control(), leased: false }))).not.toContain('putMember');
    agent.nowMs = TIMING.leaseGraceMs;
    agent.sees({ control: control(), leased: false });
    expect(types(agent.tell({ type: 'tick' }))).not.toContain('shutdown');
    agent.nowMs = TIMING.leaseGraceMs + 1;
    agent.sees({ control: control() });
    expect(types(agent.tell({ type: 'tick' }))).not.toContain('putMember');
    expect(agent.state.leaving).toBe('this host has no lease');
  });

  it('leaves when there is no such run', () => {
    expect(new Subject().sees({ leased: true })).toContainEqual({ type: 'shutdown', reason: 'there is no such run' });
  });

  it('joins as READY once it knows its accelerators, and does not seal alone', () => {
    const agent = new Subject();
    expect(agent.sees({ control: control(), leased: true })).toContainEqual({
      ...{ type: 'putMember', member: member('a', { state: 'JOINED', accelerators: [] }) },
    });
    agent.sees({ member: member('a', { state: 'JOINED' }) }, { type: 'putMember', member: member('a') });
    const ready = agent.tell({ type: 'accelerators', addresses: ['0', '1'] });
    expect(ready).toContainEqual({ type: 'putMember', member: member('a', { seq: 2 }) });
    agent.sees({ member: member('a', { seq: 2 }) }, { type: 'putMember', member: member('a') });
    expect(written(agent.sees({ members: [member('a')] }))).toEqual([]);
    expect(written(agent.sees({ members: [member('a'), member('b')] }))).toEqual([{ phase: 'STARTING' }]);
  });

  it('rejects its own host by name where accelerators are missing', () => {
    const agent = new Subject();
    agent.tell({ type: 'accelerators', addresses: ['0'] });
    const effects = agent.sees({ control: control(), leased: true });
    const why = { why: 'accelerators-missing', evidence: '2 tasks with 1 each, found 1' };
    const cause = { kind: 'host-unfit', instanceId: 'a', ...why };
    expect(written(effects)).toEqual([{ phase: 'STOPPING', cause }]);
  });

  it('says why it cannot take part, and never that it is ready', () => {
    const agent = new Subject();
    agent.tell({ type: 'accelerators', addresses: ['0', '1'] });
    agent.tell({ type: 'unfit', why: 'disk-full', detail: 'ENOSPC: no space left on device, write' });
    agent.tell({ type: 'unfit', why: 'not-prepared', detail: 'something that followed from it' });
    const effects = agent.sees({ control: control(), leased: true });
    expect(effects.find(({ type }) => type === 'putMember')).toMatchObject({
      member: { state: 'JOINED', unfit: 'disk-full' },
    });
    const evidence = 'ENOSPC: no space left on device, write';
    const cause = { kind: 'host-unfit', instanceId: 'a', why: 'disk-full', evidence };
    expect(written(effects)).toEqual([{ phase: 'STOPPING', cause }]);
  });

  it('leaves where another agent of its host has joined', () => {
    const agent = new Subject();
    agent.sees({ control: control(), leased: true });
    const effects = agent.sees({}, { type: 'putMember', member: member('a') });
    expect(effects).toContainEqual({ type: 'shutdown', reason: 'another boot or agent of this host has joined' });
  });
});

describe('an agent whose tasks run', () => {
  it('starts them once', () => {
    const agent = new Subject().running();
    expect(types(agent.sees({ control: control({ phase: 'RUNNING', opId: 'z' }), roster }))).not.toContain(
      'startTasks',
    );
  });

  it('kills them first when it could not read the control item in time, then leaves', () => {
    const agent = new Subject().running();
    agent.nowMs = TIMING.fenceMs;
    expect(types(agent.tell({ type: 'tick' }))).not.toContain('stopTasks');
    agent.nowMs = TIMING.fenceMs + 1;
    const fenced = types(agent.tell({ type: 'tick' }));
    expect(fenced).toContain('stopTasks');
    expect(fenced).not.toContain('shutdown');
    expect(types(agent.tell({ type: 'clean' }))).toContain('shutdown');
  });

  it('is not kept from that by an answer to a question that it put long ago', () => {
    const agent = new Subject().running();
    agent.nowMs = TIMING.fenceMs + 1;
    const late = { type: 'seen', done: READ, view: { control: control({ phase: 'RUNNING' }) }, askedAtMs: 0 } as const;
    expect(types(agent.tell(late))).toContain('stopTasks');
  });

  it('kills them when its lease is over, and when a later attempt has begun without it', () => {
    expect(types(new Subject().running().sees({ leased: false }))).toContain('stopTasks');
    const raised = control({ attempt: 1, phase: 'ACQUIRING', opId: 'later' });
    expect(types(new Subject().running().sees({ control: raised }))).toContain('stopTasks');
  });

  it('asks for arrivals of its host in one write, when its last rank has come', () => {
    const agent = new Subject().running();
    const arrive = (rank: number): AgentEvent => ({
      ...{ type: 'arrive', callId: `c${rank}`, timeoutMs: 60_000 },
      arrival: { rank, kind: 'barrier', callSite: 'train.ts:3' },
    });
    expect(types(agent.tell(arrive(1)))).not.toContain('arrive');
    const effects = agent.tell(arrive(0));
    expect(effects).toContainEqual({
      ...{ type: 'arrive', attempt: 0, epoch: 0 },
      arrivals: [0, 1].map((rank) => ({ rank, kind: 'barrier', callSite: 'train.ts:3' })),
    });
    expect(types(agent.tell(arrive(0)))).not.toContain('arrive');
  });

  it('stops the gang at once when a task fails, and writes the same only once', () => {
    const agent = new Subject().running();
    const exit = { code: 1, signal: null, stopped: false };
    const effects = agent.tell({ type: 'taskExited', rank: 1, exit });
    expect(written(effects)).toEqual([{ phase: 'STOPPING', cause: { kind: 'task-failed', rank: 1, exit } }]);
    expect(types(effects)).toContain('putMember');
    expect(written(agent.tell({ type: 'tick' }))).toEqual([]);
  });

  it('does not write again at once what lost although nothing has moved', () => {
    const agent = new Subject().running();
    const effects = agent.tell({ type: 'taskExited', rank: 1, exit: { code: 1, signal: null, stopped: false } });
    const lost = effects.find((effect) => effect.type === 'writeControl') as StoreEffect;
    expect(written(agent.sees({}, lost))).toEqual([]);
    agent.nowMs = TIMING.backoffMs;
    expect(written(agent.tell({ type: 'tick' }))).toHaveLength(1);
  });

  it('tells the workflow of a stop that was its own, also when the reply to it was lost', () => {
    const agent = new Subject().running();
    const effects = agent.tell({ type: 'taskExited', rank: 1, exit: { code: 1, signal: null, stopped: false } });
    const lost = effects.find((effect) => effect.type === 'writeControl') as Extract<
      AgentEffect,
      { type: 'writeControl' }
    >;
    agent.tell({ type: 'unreachable', failed: lost });
    const stopping = control({ phase: 'STOPPING', opId: lost.write.opId, cause: { kind: 'cancelled', by: 'x' } });
    expect(agent.sees({ control: stopping })).toContainEqual({ type: 'callback', control: stopping });
  });
});

describe('an allGather that has been released', () => {
  const arrive = (rank: number): AgentEvent => ({
    ...{ type: 'arrive', callId: `c${rank}`, timeoutMs: 60_000 },
    arrival: { rank, kind: 'allGather', callSite: 'train.ts:3', payload: `p${rank}` },
  });
  const released = (): Subject => {
    const agent = new Subject().running();
    agent.tell(arrive(0));
    agent.tell(arrive(1));
    agent.sees({ control: control({ phase: 'RUNNING', epoch: 1, opId: 'released' }) });
    return agent;
  };
  const readPayloads: StoreEffect = { type: 'readBarrier', attempt: 0, epoch: 0, payloads: true };
  const brings = (...payloads: (string | undefined)[]) => ({ payloads: { epoch: 0, payloads } });

  it('is answered once everything that was gathered has been read', () => {
    const agent = released();
    const answers = agent.sees(brings('p0', 'p1', 'p2', 'p3'), readPayloads);
    expect(agent.state.blocked).toEqual({});
    const result = { ok: true, epoch: 0, payloads: ['p0', 'p1', 'p2', 'p3'] };
    expect(answers).toContainEqual({ type: 'answer', callId: 'c0', result });
    expect(answers).toContainEqual({ type: 'answer', callId: 'c1', result });
  });

  it('asks a store that lags again after a pause, not at every event', () => {
    const agent = released();
    expect(types(agent.sees(brings('p0', 'p1', 'p2', undefined), readPayloads))).not.toContain('readBarrier');
    expect(types(agent.tell({ type: 'tick' }))).not.toContain('readBarrier');
    agent.nowMs = TIMING.backoffMs;
    expect(agent.tell({ type: 'tick' })).toContainEqual(readPayloads);
  });

  it('fails at the deadline of its call if the store never brings everything', () => {
    const agent = released();
    // A control item that is read all the while, so that the fence is not what ends the wait.
    for (agent.nowMs = 5_000; agent.nowMs < 60_000; agent.nowMs += 5_000) {
      expect(types(agent.sees(brings('p0', 'p1', 'p2', undefined), readPayloads))).not.toContain('answer');
      agent.sees({});
    }
    agent.nowMs = 60_000;
    const results = agent.sees({}).flatMap((effect) => (effect.type === 'answer' ? [effect.result] : []));
    expect(results).toHaveLength(2);
    expect(results[0]).toMatchObject({ ok: false, code: 'LS_BARRIER_TIMEOUT' });
  });
});

describe('what an agent asks for', () => {
  it('is the roster, at the pace of its polls where the store does not have it yet', () => {
    const agent = new Subject();
    agent.tell({ type: 'accelerators', addresses: ['0', '1'] });
    agent.sees({ control: control(), leased: true });
    const asks = (effects: readonly AgentEffect[]) =>
      effects.some((effect) => effect.type === 'read' && effect.what.includes('roster'));
    expect(asks(agent.sees({ control: control({ phase: 'STARTING', opId: 'y' }) }))).toBe(true);
    expect(asks(agent.sees({}))).toBe(false);
    expect(asks(agent.tell({ type: 'tick' }))).toBe(false);
    agent.nowMs = TIMING.pollMs;
    expect(asks(agent.tell({ type: 'tick' }))).toBe(true);
  });

  it.each([
    [1, 1],
    [8, 8],
    [9, 8],
    [64, 8],
    [500, 8],
  ])('is the heartbeats of all, on so many of %i hosts: %i', (hosts, watchers) => {
    const all = Array.from({ length: hosts }, (_, place) => ({
      ...{ instanceId: place === 0 ? 'a' : `h${place}`, bootId: 'b', nonce: 'n', address: '', port: 0 },
      tasks: [{ rank: place, localRank: 0, accelerators: [] }],
    }));
    const isWatching = (instanceId: string) => {
      const agent = newAgent({ self: { ...self, instanceId }, nowMs: 0, seed: 1 });
      const known = { ...agent, current: { ...agent.current, roster: { ...roster, hosts: all } } };
      return isWatcher(known);
    };
    expect(all.filter(({ instanceId }) => isWatching(instanceId))).toHaveLength(watchers);
    expect(isWatching('not in the roster')).toBe(false);
  });
});

describe('an agent that knows of others', () => {
  const view = (exit: TaskExit, state: Member['state'] = 'EXITED') => ({
    members: [member('a', { state: 'STARTED' }), member('b', { state, exits: { 2: exit } })],
  });

  it('stops the gang for a failure that it finds in the record of another', () => {
    const exit = { code: 1, signal: null, stopped: false };
    const cause = { kind: 'task-failed', rank: 2, exit };
    expect(written(new Subject().running().sees(view(exit)))).toEqual([{ phase: 'STOPPING', cause }]);
  });

  it('does not take a task that its agent had to stop for one that failed', () => {
    const exit = { code: null, signal: 'SIGTERM', stopped: true };
    expect(written(new Subject().running().sees(view(exit)))).toEqual([]);
  });
});

describe('every agent', () => {
  it('takes nothing back for an older view', () => {
    const agent = new Subject().running();
    const before = agent.state.control;
    agent.sees({ control: control({ phase: 'STARTING', opId: 'y' }) });
    expect(agent.state.control).toEqual(before);
  });

  it('does nothing more once it has left', () => {
    const agent = new Subject();
    agent.sees({ leased: true });
    expect(agent.tell({ type: 'tick' })).toEqual([]);
    expect(agent.sees({ control: control(), leased: true })).toEqual([]);
  });

  it('answers the same events with the same effects', () => {
    const history = (agent: Subject) => {
      agent.running();
      agent.nowMs = 5_000;
      return agent.tell({ type: 'tick' });
    };
    expect(history(new Subject())).toEqual(history(new Subject()));
  });

  it('says one message twice without knowing more than after the first', () => {
    const agent = new Subject().running();
    const exit: AgentEvent = { type: 'taskExited', rank: 1, exit: { code: 0, signal: null, stopped: false } };
    agent.tell(exit);
    const { current } = agent.state;
    agent.tell(exit);
    agent.sees({ control: agent.state.control as Control });
    expect(agent.state.current).toEqual(current);
  });
});

describe('what an agent believes to be stored', () => {
  it('is what it reads there, where a reply was lost', () => {
    const agent = new Subject().running();
    const exit = { code: 0, signal: null, stopped: false };
    const lost = agent.tell({ type: 'taskExited', rank: 0, exit }).find((effect) => effect.type === 'putMember');
    expect(lost).toMatchObject({ member: { seq: 3 } });
    if (lost?.type !== 'putMember') throw new Error('no record was written');
    agent.tell({ type: 'unreachable', failed: lost });
    const stored = member('a', { ...lost.member, seq: 3 });
    agent.sees({ members: [stored, member('b')] }, { type: 'read', attempt: 0, what: ['members'] });
    expect(agent.state.current.stored).toMatchObject({ seq: 3 });
  });

  it('does not go back to what an older question brings', () => {
    const agent = new Subject().running();
    agent.sees({ member: member('a', { seq: 5, state: 'EXITED' }) }, { type: 'putMember', member: member('a') });
    agent.sees({ members: [member('a', { seq: 4, state: 'STARTED' })] }, READ);
    expect(agent.state.current.stored).toMatchObject({ seq: 5, state: 'EXITED' });
  });
});

describe('the end of an attempt', () => {
  const cause = { kind: 'cancelled', by: 'somebody' } as const;

  it('is told to the workflow by the first hosts of the roster, also where another has written it', () => {
    const agent = new Subject().running();
    const stopping = control({ phase: 'STOPPING', opId: 'somebody-else', cause });
    expect(agent.sees({ control: stopping })).toContainEqual({ type: 'callback', control: stopping });
  });

  it('is not told any more once the next attempt has begun', () => {
    const agent = new Subject().running();
    const stopping = control({ phase: 'STOPPING', opId: 'x2', cause });
    agent.sees({ control: stopping });
    agent.tell({ type: 'unreachable', failed: { type: 'callback', control: stopping } });
    agent.tell({ type: 'clean' });
    agent.nowMs = 10_000;
    const effects = agent.sees({ control: control({ attempt: 1, opId: 'x3' }) });
    expect(types(effects)).not.toContain('callback');
    expect(agent.state.toReport).toBeUndefined();
  });
});
