import { describe, expect, it } from 'vitest';
import { applied, fits } from '#core/gang/condition.ts';
import { newGang } from '#core/gang/new-gang.ts';
import { following, hasEnded, isCurrent, isTerminal, LIVE, STOPPABLE } from '#core/gang/phases.ts';
import { type Control, PHASES, type Phase } from '#core/gang/records.ts';
import { TRANSITIONS, transition } from '#core/gang/transitions.ts';

/** The picture of docs/barrier.md, written by hand: the table must not drift from what was proved. */
const PICTURE: Readonly<Record<Phase, readonly Phase[]>> = {
  QUEUED: ['ACQUIRING', 'STOPPING'],
  ACQUIRING: ['ACQUIRING', 'FORMING', 'STOPPING'],
  FORMING: ['STARTING', 'STOPPING'],
  STARTING: ['RUNNING', 'STARTING', 'STOPPING'],
  RUNNING: ['RUNNING', 'STOPPING', 'SUCCEEDED'],
  STOPPING: ['CANCELLED', 'DRAINED', 'FAILED', 'STOPPING'],
  DRAINED: ['ACQUIRING', 'CANCELLED', 'FAILED', 'STARTING'],
  SUCCEEDED: [],
  FAILED: [],
  CANCELLED: [],
};

const gang = (change: Partial<Control> = {}): Control => ({
  ...newGang({ runId: 'r', owner: 'e', hosts: 2, tasksPerHost: 1, specHash: '', opId: 'create' }),
  ...change,
});

const WRITES = {
  ...transition,
  abort: (now: Control, opId: string) => transition.abort(now, opId, { kind: 'cancelled', by: 'me' }),
  stop: (now: Control, opId: string) => transition.stop(now, opId, { kind: 'cancelled', by: 'me' }),
  direct: (now: Control, opId: string) =>
    transition.direct(now, opId, { kind: 'checkpoint', instanceId: 'i-1', reason: 'spot' }),
  raise: (now: Control, opId: string) => transition.raise(now, opId, now.charged),
  restart: (now: Control, opId: string) => transition.restart(now, opId, now.charged),
  condemn: (now: Control, opId: string) => transition.condemn(now, opId, ['i-1']),
  end: (now: Control, opId: string) => transition.end(now, opId, 'FAILED'),
  close: (now: Control, opId: string) => transition.close(now, opId, 'CANCELLED'),
};

describe('the phase machine', () => {
  it('is the picture', () => {
    expect(Object.fromEntries(PHASES.map((phase) => [phase, [...following(phase)].sort()]))).toEqual(PICTURE);
  });

  /** What each write asks of the item that it meets: written by hand, as the picture is. */
  it('asks for what was seen', () => {
    const now = gang({ attempt: 2, epoch: 7 });
    const where = Object.entries(WRITES).map(([name, write]) => [name, write(now, 'x').where]);
    const at = (...phaseIn: Phase[]) => ({ attempt: 2, phaseIn });
    expect(Object.fromEntries(where)).toEqual({
      admit: at('QUEUED'),
      form: { ...at('ACQUIRING'), opId: 'create' },
      giveBack: { ...at('ACQUIRING'), opId: 'create' },
      searchOn: { ...at('ACQUIRING'), opId: 'create' },
      seal: at('FORMING'),
      run: at('STARTING'),
      release: { ...at('STARTING', 'RUNNING'), epoch: 7 },
      abort: { ...at('STARTING', 'RUNNING'), epoch: 7 },
      direct: at('STARTING', 'RUNNING'),
      stop: at('QUEUED', 'ACQUIRING', 'FORMING', 'STARTING', 'RUNNING'),
      succeed: at('RUNNING'),
      condemn: at('STOPPING'),
      drain: at('STOPPING'),
      raise: at('DRAINED'),
      restart: at('DRAINED'),
      end: at('DRAINED'),
      close: at('STOPPING', 'DRAINED'),
    });
  });

  it('knows which of two views of a gang is the current one', () => {
    const last = gang({ attempt: 2, phase: 'RUNNING', epoch: 7 });
    const current = (change: Partial<Control>) => isCurrent({ ...last, ...change }, last);
    expect(current({})).toBe(true);
    expect([current({ attempt: 3, phase: 'QUEUED', epoch: 0 }), current({ attempt: 1, phase: 'STOPPING' })]).toEqual([
      true,
      false,
    ]);
    expect([current({ phase: 'STOPPING' }), current({ phase: 'STARTING' })]).toEqual([true, false]);
    expect([current({ epoch: 8 }), current({ epoch: 6 })]).toEqual([true, false]);
  });

  it('says which phases may be stopped, are live, have ended, are final', () => {
    expect(STOPPABLE).toEqual(['QUEUED', 'ACQUIRING', 'FORMING', 'STARTING', 'RUNNING']);
    expect(LIVE).toEqual(['STARTING', 'RUNNING']);
    expect(PHASES.filter(hasEnded)).toEqual(['STOPPING', 'DRAINED', 'SUCCEEDED', 'FAILED', 'CANCELLED']);
    expect(PHASES.filter(isTerminal)).toEqual(['SUCCEEDED', 'FAILED', 'CANCELLED']);
  });

  it('goes forward within an attempt, and never back', () => {
    for (const [name, { from, to }] of Object.entries(TRANSITIONS)) {
      if (name === 'raise' || name === 'restart') continue;
      for (const [before, after] of from.flatMap((one) => to.map((other) => [one, other] as const))) {
        expect(PHASES.indexOf(after), name).toBeGreaterThan(PHASES.indexOf(before));
      }
    }
  });

  it('keeps who owns the run, whatever is written', () => {
    for (const name of Object.keys(WRITES) as (keyof typeof WRITES)[]) {
      const [phase] = TRANSITIONS[name].from;
      const before = gang({ phase, cause: { kind: 'cancelled', by: 'me' } });
      const write = WRITES[name](before, 'op');
      expect(fits(before, write.where), name).toBe(true);
      expect(applied(before, write), name).toMatchObject({
        runId: 'r',
        owner: 'e',
        opId: 'op',
        hosts: 2,
        worldSize: 2,
      });
    }
  });

  it('sets and clears what the row says and nothing else', () => {
    for (const name of Object.keys(WRITES) as (keyof typeof WRITES)[]) {
      const row: {
        from: readonly Phase[];
        to: readonly Phase[];
        sets?: readonly string[];
        clears?: readonly string[];
      } = TRANSITIONS[name];
      const write = WRITES[name](gang({ phase: row.from[0] as Phase }), 'op');
      const phase = row.to.length > 0 ? ['phase'] : [];
      expect(Object.keys(write.set).sort(), name).toEqual([...phase, ...(row.sets ?? [])].sort());
      expect(write.clear, name).toEqual(row.clears ?? []);
    }
  });

  it.each([
    ['raise', 'ACQUIRING'],
    ['restart', 'STARTING'],
  ] as const)('lets nothing of an attempt outlive it (%s)', (name, phase) => {
    const before = gang({
      ...{ phase: 'DRAINED', epoch: 7, cause: { kind: 'cancelled', by: 'me' } },
      directive: { kind: 'checkpoint', instanceId: 'i-1', reason: 'spot' },
      overdue: ['i-1'],
      givingBack: true,
    });
    const after = applied(before, transition[name](before, 'op', { user: 1, infrastructure: 0, preemption: 0 }));
    expect(after).toEqual(
      gang({
        ...{ attempt: 1, phase, opId: 'op' },
        charged: { user: 1, infrastructure: 0, preemption: 0 },
      }),
    );
  });
});
