/** Answers that come late, of another attempt or of somebody else: what an agent takes in, and what it must not. */
import { describe, expect, it } from 'vitest';
import { isOwnWrite } from '#core/gang/agent/write-id.ts';
import { control, member, READ, roster, Subject, self, types } from '../subject.ts';

const PUT = { type: 'putMember', member: member('a') } as const;
const stopping = (opId: string) => control({ phase: 'STOPPING', cause: { kind: 'cancelled', by: 'x' }, opId });

/** An agent that has gone on to attempt 1, which has not begun to form. */
function inAttempt1(): Subject {
  const agent = new Subject().running();
  agent.sees({ control: stopping('s') });
  agent.tell({ type: 'clean' });
  agent.sees({ control: control({ attempt: 1, phase: 'ACQUIRING', opId: 'r' }) });
  return agent;
}

describe('an answer of an earlier attempt', () => {
  it('says nothing about the members of this one', () => {
    const agent = inAttempt1();
    agent.sees({ members: [member('b')] }, READ);
    expect(agent.state.current.members).toEqual([]);
  });

  it('says nothing about who has joined this one', () => {
    const agent = inAttempt1();
    agent.sees({}, PUT);
    expect(agent.state.leaving).toBeUndefined();
  });

  it('brings no roster for this one', () => {
    const agent = new Subject();
    agent.sees({ control: control({ phase: 'STARTING' }), leased: true });
    agent.sees({ roster: { ...roster, attempt: 1 } });
    expect(agent.state.current.roster).toBeUndefined();
  });

  it('starts no task by a roster while the gang is not known to be complete', () => {
    const agent = new Subject();
    agent.tell({ type: 'accelerators', addresses: ['0', '1'] });
    agent.sees({ control: control(), leased: true });
    expect(types(agent.sees({ roster }))).not.toContain('startTasks');
    expect(types(agent.sees({ control: control({ phase: 'STARTING', opId: 'y' }) }))).toContain('startTasks');
  });
});

describe('an answer to an older question', () => {
  it('does not move the fence back', () => {
    const agent = new Subject();
    agent.nowMs = 9_000;
    const seen = { type: 'seen', done: READ, view: { control: control() } } as const;
    agent.tell({ ...seen, askedAtMs: 8_000 });
    agent.tell({ ...seen, askedAtMs: 1_000 });
    expect(agent.state.controlAtMs).toBe(8_000);
  });

  it('takes no arrival back, and none at an earlier barrier for one at this', () => {
    const agent = new Subject().running();
    const at = (epoch: number, ranks: readonly number[]) =>
      agent.sees(
        { arrivals: { epoch, arrivals: { kind: 'barrier', callSite: '', ranks } } },
        { type: 'readBarrier', attempt: 0, epoch, payloads: false },
      );
    at(0, [0, 2]);
    at(0, [0, 1]);
    expect(agent.state.current.arrived?.arrivals?.ranks).toEqual([0, 1, 2]);
    at(1, [3]);
    at(0, [0, 1, 2, 3]);
    expect(agent.state.current.arrived).toMatchObject({ epoch: 1, arrivals: { ranks: [3] } });
  });

  it('does not make a set full later than it was', () => {
    const agent = new Subject().running();
    const look = { type: 'readBarrier', attempt: 0, epoch: 0, payloads: false } as const;
    const full = { arrivals: { epoch: 0, arrivals: { kind: 'barrier', callSite: '', ranks: [0, 1, 2, 3] } } } as const;
    agent.nowMs = 1_000;
    agent.sees(full, look);
    agent.nowMs = 5_000;
    agent.sees(full, look);
    expect(agent.state.current.arrived?.fullSinceMs).toBe(1_000);
  });

  it('about a write of one’s own that is known already holds nothing back', () => {
    const agent = new Subject().running();
    const effects = agent.tell({ type: 'taskExited', rank: 0, exit: { code: 1, signal: null, stopped: false } });
    const done = effects.find((effect) => effect.type === 'writeControl');
    if (done === undefined) throw new Error('nothing was written');
    const control = stopping(done.write.opId);
    agent.sees({ control });
    agent.sees({ control }, done);
    expect(agent.state.blocked).toEqual({});
  });
});

describe('a later attempt', () => {
  it('is looked at at once, also where its phase is that of the one before', () => {
    const agent = new Subject();
    agent.sees({ control: control(), leased: true });
    const { help } = agent.state.due;
    agent.nowMs = 300;
    agent.sees({ control: control({ attempt: 1, opId: 'r' }) });
    // It has looked, and looks again a while after that.
    expect(agent.state.due.help).toBe(help + 300);
  });
});

describe('a record is one’s own', () => {
  it.each([{ bootId: 'other' }, { nonce: 'other' }])('but not with %j', (change) => {
    const agent = new Subject().running();
    const before = agent.state.current.stored;
    agent.sees({ members: [member('a', { ...change, seq: 9 }), member('b', { seq: 9 })] });
    expect(agent.state.current.stored).toEqual(before);
    agent.sees({ members: [member('a', { seq: 9 })] });
    expect(agent.state.current.stored).toMatchObject({ instanceId: 'a', seq: 9 });
  });

  it.each([
    ['a/n/0', true],
    ['b/n/0', false],
    ['a/m/0', false],
    ['ab/n/0', false],
  ])('and the write %s: %s', (opId, isOwn) => {
    expect(isOwnWrite({ ...new Subject().state, self }, opId)).toBe(isOwn);
  });
});

describe('tasks', () => {
  it('that are being stopped do not run again by a late word of their start', () => {
    const agent = new Subject().running();
    agent.sees({ control: stopping('s') });
    expect(types(agent.tell({ type: 'tasksStarted' }))).not.toContain('stopTasks');
    expect(agent.state.current.tasks).toBe('stopping');
  });

  it('that call before anything is known of the gang have not passed what it has passed', () => {
    const agent = new Subject();
    const arrival = { rank: 0, kind: 'barrier', callSite: '' } as const;
    agent.tell({ type: 'arrive', callId: 'early', arrival, timeoutMs: 60_000 });
    expect(
      agent.sees({ control: control({ phase: 'RUNNING', epoch: 3, opId: 'e' }), leased: true }),
    ).not.toContainEqual(expect.objectContaining({ type: 'answer', result: expect.objectContaining({ ok: true }) }));
  });

  it('that call one after the other do not put off the look that the first has asked for', () => {
    const agent = new Subject().running();
    const call = (rank: number) =>
      agent.tell({
        ...{ type: 'arrive', callId: `${rank}`, timeoutMs: 60_000 },
        arrival: { rank, kind: 'barrier', callSite: '' },
      });
    agent.nowMs = 10_000;
    call(0);
    const { due, waitingSinceMs } = agent.state;
    agent.nowMs += 100;
    call(1);
    expect(agent.state.due).toMatchObject({ poll: due.poll, help: due.help });
    expect(agent.state.waitingSinceMs).toBe(waitingSinceMs);
  });
});

describe('an agent that leaves', () => {
  it('tells its first reason, whatever comes to light while its tasks end', () => {
    const agent = new Subject().running();
    agent.sees({ leased: false });
    agent.nowMs = 60_000;
    agent.tell({ type: 'tick' });
    expect(agent.tell({ type: 'clean' })).toContainEqual({
      type: 'shutdown',
      reason: 'the lease of this host is over',
    });
  });

  it('asks for no more time once it has left', () => {
    const effects = new Subject().sees({ leased: true });
    expect(types(effects)).toContain('shutdown');
    expect(types(effects.slice(types(effects).indexOf('shutdown')))).not.toContain('wake');
  });
});

describe('a hint', () => {
  it('makes an agent look at once', () => {
    const agent = new Subject().running();
    agent.nowMs += 100;
    expect(agent.tell({ type: 'tick' })).not.toContainEqual(expect.objectContaining({ what: ['control'] }));
    expect(agent.tell({ type: 'hinted' })).toContainEqual(expect.objectContaining({ what: ['control'] }));
  });

  it('is given for a transition of one’s own, and for no other', () => {
    const agent = new Subject().running();
    expect(types(agent.sees({ control: control({ phase: 'RUNNING', epoch: 1, opId: 'b/n/3' }) }))).not.toContain(
      'hint',
    );
    expect(types(agent.sees({ control: control({ phase: 'RUNNING', epoch: 2, opId: 'a/n/3' }) }))).toContain('hint');
  });
});

describe('the end of an attempt, of which this host is the third', () => {
  /** Hosts b and c come first. */
  function third(): Subject {
    const agent = new Subject().running();
    const [own, other] = roster.hosts;
    if (own === undefined || other === undefined) throw new Error('the roster has two hosts');
    const hosts = [other, { ...other, instanceId: 'c' }, own];
    agent.sees({ roster: { ...roster, hosts } });
    return agent;
  }

  it('is told to the workflow where it is one’s own, and otherwise left to the first two', () => {
    expect(types(third().sees({ control: stopping('b/n/0') }))).not.toContain('callback');
    expect(types(third().sees({ control: stopping('a/n/0') }))).toContain('callback');
  });

  it('is told by every host that has joined where no roster says who comes first, and by no other', () => {
    const agent = new Subject();
    agent.tell({ type: 'accelerators', addresses: ['0', '1'] });
    agent.sees({ control: control(), leased: true });
    expect(types(agent.sees({ control: stopping('q') }))).not.toContain('callback');
    const joined = new Subject();
    joined.tell({ type: 'accelerators', addresses: ['0', '1'] });
    joined.sees({ control: control(), leased: true });
    joined.sees({ member: member('a') }, PUT);
    expect(types(joined.sees({ control: stopping('q') }))).toContain('callback');
  });
});
