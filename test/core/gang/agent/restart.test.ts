/** What an agent does to begin the next attempt of a healthy gang, in the situations in which it may and may not. */
import { describe, expect, it } from 'vitest';
import { type AgentState, newAgent, withCurrent } from '#core/gang/agent/agent.ts';
import type { AgentEffect } from '#core/gang/agent/effects.ts';
import { poll } from '#core/gang/agent/rules/poll.ts';
import { restartTogether } from '#core/gang/agent/rules/restart.ts';
import type { Roster } from '#core/gang/records.ts';
import { control, member, roster, Subject, self, types } from '../subject.ts';

const policy = { restarts: { user: 1, infrastructure: 0, preemption: 0 } };
const exit = { code: 1, signal: null, stopped: false } as const;
const cause = { kind: 'task-failed', rank: 2, exit } as const;
const over = (phase: 'STOPPING' | 'DRAINED') => control({ phase, opId: phase, cause });
const clean = [member('a', { state: 'CLEAN' }), member('b', { state: 'CLEAN', exits: { 2: exit } })];
const third = { ...roster.hosts[1], instanceId: 'c' } as Roster['hosts'][number];
const behindTwo = { ...roster, hosts: [...roster.hosts.toReversed(), { ...third, instanceId: 'a' }].slice(0, 2) };

function state(change: Partial<AgentState> = {}, current: Partial<AgentState['current']> = {}): AgentState {
  const stopped = { ...newAgent({ self, nowMs: 0, seed: 1, policy }), control: over('STOPPING'), ...change };
  return withCurrent(stopped, { roster, members: clean, stored: clean[0], tasks: 'clean', ...current });
}
const effectOf = (of: AgentState): AgentEffect | undefined => restartTogether(of).effects[0];

describe('an agent whose gang has stopped, whole and clean', () => {
  it('drains the gang, and then begins the next attempt', () => {
    expect(effectOf(state())).toMatchObject({ type: 'writeControl', write: { set: { phase: 'DRAINED' } } });
    expect(effectOf(state({ control: over('DRAINED') }))).toMatchObject({
      type: 'restart',
      restart: { write: { set: { phase: 'STARTING', attempt: 1 } }, roster: { attempt: 1 } },
    });
  });

  it('leaves it to the controller where it knows no job, or the gang is not whole', () => {
    expect(effectOf(state({ policy: undefined }))).toBeUndefined();
    expect(effectOf(state({}, { members: clean.slice(0, 1) }))).toBeUndefined();
    expect(effectOf(state({ control: control({ phase: 'RUNNING' }) }))).toBeUndefined();
  });

  it('drains no gang in which a host that was too many is not clean yet', () => {
    expect(effectOf(state({}, { members: [...clean, member('x')] }))).toBeUndefined();
  });

  it('leaves it to the first two of the roster', () => {
    expect(effectOf(state({}, { roster: behindTwo }))?.type).toBe('writeControl');
    const hosts = ['c', 'b', 'a'].map((instanceId) => ({ ...third, instanceId }));
    const members = [...clean, member('c', { state: 'CLEAN' })];
    expect(effectOf(state({}, { roster: { ...roster, hosts }, members }))).toBeUndefined();
  });
});

describe('what the others have recorded', () => {
  const asks = (of: AgentState) =>
    poll(of, 10).effects.some((effect) => effect.type === 'read' && effect.what.includes('members'));

  it.each(['STOPPING', 'DRAINED'] as const)('is read by a host that is clean of a gang that is %s', (phase) => {
    expect(asks(state({ control: over(phase) }))).toBe(true);
    expect(asks(state({ control: over(phase) }, { stored: member('a', { state: 'STARTED' }) }))).toBe(false);
  });

  it('is not read by hosts that would not act on it', () => {
    const hosts = ['c', 'b', 'a'].map((instanceId) => ({ ...third, instanceId }));
    expect(asks(state({}, { roster: { ...roster, hosts } }))).toBe(false);
  });

  it('is read at once after a hint, while the gang stops', () => {
    const agent = new Subject();
    agent.state = state({ due: { ...state().due, help: 99_000, poll: 99_000, lease: 99_000 } });
    const read = (effects: readonly AgentEffect[]) => effects.flatMap((one) => (one.type === 'read' ? one.what : []));
    expect(read(agent.tell({ type: 'hinted' }))).toEqual(['control', 'members']);
    const ended = { stored: member('a', { state: 'EXITED' }) };
    agent.state = state({ control: control({ phase: 'RUNNING' }), due: { ...state().due, help: 99_000 } }, ended);
    expect(read(agent.tell({ type: 'hinted' }))).not.toContain('members');
  });
});

describe('a host that is clean', () => {
  const becomes = (before: 'EXITED' | 'CLEAN') => {
    const agent = new Subject();
    const put = { type: 'putMember', member: member('a', { state: 'CLEAN', seq: 9 }) } as const;
    agent.state = state({}, { stored: member('a', { state: before }), members: [] });
    return agent.tell({ type: 'seen', done: put, view: { member: put.member }, askedAtMs: 0 });
  };

  it('tells the first of the roster, once', () => {
    expect(becomes('EXITED')).toContainEqual({ type: 'hint', to: 'first' });
    expect(types(becomes('CLEAN'))).not.toContain('hint');
  });
});

describe('a restart', () => {
  const begun = control({ phase: 'STARTING', attempt: 1, opId: 'a/n/0' });
  const asked = () => {
    const agent = new Subject();
    agent.state = state({ control: over('DRAINED') });
    const effect = agent.tell({ type: 'tick' }).find((one) => one.type === 'restart');
    if (effect?.type !== 'restart') throw new Error('it did not restart the gang');
    return { agent, effect };
  };

  it('that is answered starts the tasks of the next attempt, and is hinted to all', () => {
    const { agent, effect } = asked();
    const view = { control: begun, roster: effect.restart.roster };
    const effects = agent.tell({ type: 'seen', done: effect, view, askedAtMs: 1 });
    expect(effects).toContainEqual({ type: 'hint', to: 'all' });
    expect(effects.find((one) => one.type === 'startTasks')).toMatchObject({ roster: { attempt: 1 } });
    expect(agent.state.controlAtMs).toBe(1);
  });

  it('has a name of its own each time, and is not asked for without pause where it does not take place', () => {
    const { agent, effect } = asked();
    expect(effect.restart.write.opId).toBe('a/n/0');
    const again = agent.tell({ type: 'seen', done: effect, view: { control: over('DRAINED') }, askedAtMs: 1 });
    expect(types(again)).not.toContain('restart');
    agent.nowMs = 600;
    expect(agent.tell({ type: 'tick' }).find((one) => one.type === 'restart')).toMatchObject({
      restart: { write: { opId: 'a/n/1' } },
    });
  });
});
