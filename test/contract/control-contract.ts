import { expect, it } from 'vitest';
import type { AttemptEnd } from '#core/gang/attempt-end.ts';
import type { ControlWrite } from '#core/gang/control-write.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { ControlStore, Journal } from '#core/gang/ports.ts';
import type { Control, Roster } from '#core/gang/records.ts';
import { transition } from '#core/gang/transitions.ts';

let count = 0;

/** A control item of a run that no other test uses. */
function newControl(change: Partial<Control> = {}): Control {
  return {
    ...newGang({
      runId: `run-${process.pid}-${count++}`,
      owner: 'arn:e',
      hosts: 2,
      tasksPerHost: 2,
      specHash: 'abc',
      opId: 'create',
    }),
    ...{ phase: 'FORMING', charged: { user: 0, infrastructure: 1, preemption: 0 } },
    ...change,
  };
}

const END: AttemptEnd = {
  ...{ attempt: 0, endedAt: 1, epoch: 4, code: 'LS_TASK_FAILED', message: 'rank 1 exited with code 1', rank: 1 },
  ...{ budget: 'user', isRestarted: true, replaced: ['i-1'] },
};

const rosterOf = ({ runId, attempt }: Control, masterPort = 1): Roster => ({
  ...{ runId, attempt, hosts: [], masterAddress: '127.0.0.1', masterPort },
});

/** What every ControlStore must do. */
export function controlContract(store: () => ControlStore & Journal): void {
  const start = async (change: Partial<Control> = {}) => {
    const control = newControl(change);
    await store().create(control);
    const write = (more: Partial<ControlWrite>): ControlWrite => ({
      ...{
        runId: control.runId,
        where: { attempt: 0, phaseIn: ['FORMING'] },
        set: { phase: 'STARTING' },
        clear: [],
        opId: 'op-1',
      },
      ...more,
    });
    return { control, write };
  };

  it('reads what was created, field for field, and nothing for a run that does not exist', async () => {
    const { control } = await start({
      cause: { kind: 'barrier-timeout', epoch: 3, missing: [1, 2] },
      directive: { kind: 'checkpoint', instanceId: 'i-1', reason: 'spot' },
    });
    expect(await store().read(control.runId)).toEqual(control);
    expect(await store().read('no-such-run')).toBeUndefined();
  });

  it('creates a run once, and knows its own creation again', async () => {
    const { control } = await start();
    expect(await store().create({ ...control, opId: 'other' })).toEqual({ won: false, control });
    expect(await store().create(control)).toEqual({ won: true, control });
  });

  it('applies a write that fits and answers with the item as it is after it', async () => {
    const { control, write } = await start();
    const after = { ...control, phase: 'STARTING', opId: 'op-1' };
    expect(await store().write(write({}))).toEqual({ won: true, control: after });
    expect(await store().read(control.runId)).toEqual(after);
  });

  it.each([
    ['another attempt', { where: { attempt: 1, phaseIn: ['FORMING'] } }],
    ['another phase', { where: { attempt: 0, phaseIn: ['RUNNING', 'STARTING'] } }],
    ['another epoch', { where: { attempt: 0, phaseIn: ['FORMING'], epoch: 1 } }],
    ['a state that another write has made', { where: { attempt: 0, phaseIn: ['FORMING'], opId: 'other' } }],
  ] as const)('refuses a write for %s and answers with the state that won', async (_, change) => {
    const { control, write } = await start();
    expect(await store().write(write(change))).toEqual({ won: false, control });
    expect(await store().read(control.runId)).toEqual(control);
  });

  it('applies a write for the very state that was seen, and no second one for it', async () => {
    const { control } = await start({ phase: 'ACQUIRING' });
    const { control: now } = await store().write(transition.giveBack(control, 'op-1'));
    expect(await store().write(transition.form(control, 'op-2'))).toEqual({
      won: false,
      control: { ...control, opId: 'op-1', givingBack: true },
    });
    const after = { won: true, control: { ...control, opId: 'op-3' } };
    expect(now && (await store().write(transition.searchOn(now, 'op-3')))).toEqual(after);
  });

  it('refuses a write to a run that does not exist', async () => {
    const { write } = await start();
    expect(await store().write(write({ runId: 'no-such-run' }))).toEqual({ won: false, control: undefined });
  });

  it('recognises its own write when it is repeated after a lost reply', async () => {
    const { write } = await start();
    await store().write(write({}));
    expect(await store().write(write({}))).toMatchObject({ won: true, control: { phase: 'STARTING', opId: 'op-1' } });
    expect(await store().write(write({ opId: 'op-2' }))).toMatchObject({ won: false });
  });

  it('lets exactly one of many racing writers through', async () => {
    const { control, write } = await start({ phase: 'RUNNING' });
    const where = { attempt: 0, phaseIn: ['RUNNING'], epoch: 0 } as const;
    const racers = Array.from({ length: 16 }, (_, n) =>
      store().write(write({ where, set: { epoch: 1 }, opId: `r${n}` })),
    );
    const results = await Promise.all(racers);
    expect(results.filter(({ won }) => won)).toHaveLength(1);
    expect(new Set(results.map((result) => result.control?.opId)).size).toBe(1);
    expect(await store().read(control.runId)).toMatchObject({ epoch: 1 });
  });

  it('forgets cause and directive when the attempt is raised, and only then', async () => {
    const directive = { kind: 'checkpoint', instanceId: 'i-1', reason: 'spot' } as const;
    const { control } = await start({ phase: 'RUNNING', directive });
    const cause = { kind: 'cancelled', by: 'me' } as const;
    await store().write(transition.stop(control, 'op-1', cause));
    expect(await store().write(transition.drain(control, 'op-2'))).toMatchObject({ control: { cause, directive } });
    await store().write(transition.raise(control, 'op-3', control.charged));
    const { directive: _, ...rest } = control;
    expect(await store().read(control.runId)).toEqual({ ...rest, attempt: 1, phase: 'ACQUIRING', opId: 'op-3' });
  });

  it('writes an entry of the journal together with its transition, and neither where that does not fit', async () => {
    const { control, write } = await start({ phase: 'DRAINED' });
    const drained = { attempt: 0, phaseIn: ['DRAINED'] } as const;
    const set = { attempt: 1, phase: 'ACQUIRING', epoch: 0 } as const;
    const raise = write({ where: drained, set });
    expect(await store().endings(control.runId)).toEqual([]);
    expect(await store().commit(raise, { end: END })).toMatchObject({ won: true, control: { attempt: 1 } });
    expect(await store().endings(control.runId)).toEqual([END]);
    // Repeated after a lost reply, or sent by somebody who is late, it adds nothing.
    expect(await store().commit(raise, { end: END })).toMatchObject({ won: true });
    expect(await store().commit({ ...raise, opId: 'late' }, { end: { ...END, message: 'late' } })).toMatchObject({
      won: false,
    });
    expect(await store().endings(control.runId)).toEqual([END]);
  });

  it('writes roster and end of a restart together, or neither of them', async () => {
    const { control } = await start({ phase: 'DRAINED' });
    const next = { ...rosterOf(control), attempt: 1 };
    const again = transition.restart(control, 'op-1', control.charged);
    const late = { ...again, where: { attempt: 0, phaseIn: ['RUNNING'] } } as const;
    expect(await store().commit(late, { roster: next, end: END })).toEqual({ won: false, control });
    expect(await store().roster(control.runId, 1)).toBeUndefined();
    expect(await store().endings(control.runId)).toEqual([]);
    const after = { ...control, attempt: 1, phase: 'STARTING', opId: 'op-1' };
    expect(await store().commit(again, { roster: next, end: END })).toEqual({ won: true, control: after });
    expect(await store().roster(control.runId, 1)).toEqual(next);
    expect(await store().endings(control.runId)).toEqual([END]);
  });

  it('never tells twice how an attempt ended', async () => {
    const { control, write } = await start();
    await store().commit(write({}), { end: END });
    const again = write({ where: { attempt: 0, phaseIn: ['STARTING'] }, opId: 'op-2' });
    expect(await store().commit(again, { end: { ...END, message: 'other' } })).toMatchObject({ won: false });
    expect(await store().endings(control.runId)).toEqual([END]);
  });

  it('keeps the journal in the order of the attempts', async () => {
    const { control, write } = await start();
    for (let attempt = 0; attempt < 12; attempt++) {
      const where = { attempt, phaseIn: ['FORMING'] } as const;
      const raise = write({ where, set: { attempt: attempt + 1 }, opId: `raise-${attempt}` });
      await store().commit(raise, { end: { ...END, attempt } });
    }
    const journal = await store().endings(control.runId);
    expect(journal.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 12 }, (_, attempt) => attempt));
  });

  it('seals the roster together with its transition', async () => {
    const { control, write } = await start();
    expect(await store().commit(write({}), { roster: rosterOf(control) })).toMatchObject({
      won: true,
      control: { phase: 'STARTING' },
    });
    expect(await store().roster(control.runId, 0)).toEqual(rosterOf(control));
    expect(await store().roster(control.runId, 1)).toBeUndefined();
  });

  it('keeps a roster of any size whole', async () => {
    const { control, write } = await start();
    const tasks = [{ rank: 0, localRank: 0, accelerators: ['0'.repeat(1000)] }];
    const hosts = Array.from({ length: 600 }, (_, n) => ({
      ...{ instanceId: `i-${n}`, bootId: 'b', nonce: 'n', address: '10.0.0.1', port: 1 },
      tasks,
    }));
    const large = { ...rosterOf(control), hosts };
    expect(await store().commit(write({}), { roster: large })).toMatchObject({ won: true });
    expect(await store().roster(control.runId, 0)).toEqual(large);
  });

  it('seals neither where the transition does not fit', async () => {
    const { control, write } = await start({ phase: 'STOPPING' });
    expect(await store().commit(write({}), { roster: rosterOf(control) })).toEqual({ won: false, control });
    expect(await store().roster(control.runId, 0)).toBeUndefined();
  });

  it('never replaces a roster that is sealed', async () => {
    const { control, write } = await start();
    await store().commit(write({}), { roster: rosterOf(control, 1) });
    const where = { attempt: 0, phaseIn: ['STARTING'] } as const;
    expect(await store().commit(write({ where, opId: 'op-2' }), { roster: rosterOf(control, 2) })).toMatchObject({
      won: false,
    });
    expect(await store().roster(control.runId, 0)).toEqual(rosterOf(control, 1));
  });

  it('lets exactly one of many racing sealers through', async () => {
    const { control, write } = await start();
    const racers = Array.from({ length: 8 }, (_, n) =>
      store().commit(write({ opId: `r${n}` }), { roster: rosterOf(control, n) }),
    );
    const winners = (await Promise.all(racers)).map(({ won }, n) => (won ? n : -1)).filter((n) => n >= 0);
    expect(winners).toHaveLength(1);
    expect(await store().roster(control.runId, 0)).toEqual(rosterOf(control, winners[0]));
  });
}
