import { describe, expect, it } from 'vitest';
import type { Lease } from '#core/fleet/records.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control, Member, Phase } from '#core/gang/records.ts';
import { type SweepView, sweep } from '#core/gang/sweep.ts';

const control = (phase: Phase): Control => ({
  ...newGang({ runId: 'r', owner: 'e', hosts: 2, tasksPerHost: 1, specHash: '', opId: '' }),
  phase,
});
const lease = (instanceId: string): Lease => ({
  ...{ runId: 'r', attempt: 0, instanceId, instanceType: '', zone: '', market: '', acquiredAt: 0 },
});
const member = (instanceId: string, state: Member['state']): Member => ({
  ...{ runId: 'r', attempt: 0, instanceId, bootId: '', nonce: '', seq: 1, state, address: '', port: 0, masterPort: 0 },
  ...{ accelerators: [], exits: {} },
});
const view = (phase: Phase, nowS: number, change: Partial<SweepView> = {}): SweepView => ({
  ...{ control: control(phase), members: [member('a', 'READY')], leases: [lease('a'), lease('b')], beats: 5 },
  ...{ queuedAtS: 0, limits: { maxDurationS: 10_000, formTimeoutS: 300 }, nowS },
  ...change,
});

describe('the sweep', () => {
  it('keeps a gang that lives alive, and does nothing else', () => {
    const first = sweep(undefined, view('RUNNING', 100));
    expect(first).toMatchObject({ stop: undefined, answer: false, heartbeat: true });
    expect(sweep(first.watch, view('RUNNING', 160, { beats: 9 }))).toMatchObject({ stop: undefined, heartbeat: true });
  });

  it('stops a gang that does not form in time, and names who is missing', () => {
    const { watch } = sweep(undefined, view('FORMING', 100));
    expect(sweep(watch, view('FORMING', 400)).stop).toBeUndefined();
    expect(sweep(watch, view('FORMING', 401))).toMatchObject({
      ...{ stop: { kind: 'not-formed', missing: ['b'] }, answer: true, heartbeat: false },
    });
  });

  it('counts the time to form afresh in each phase, and not once the gang runs', () => {
    const { watch } = sweep(undefined, view('FORMING', 100));
    const starting = sweep(watch, view('STARTING', 401, { beats: 6 }));
    expect(starting.stop).toBeUndefined();
    expect(sweep(starting.watch, view('STARTING', 702, { beats: 7 })).stop).toMatchObject({ kind: 'not-formed' });
    const running = sweep(starting.watch, view('RUNNING', 500, { beats: 8 }));
    expect(sweep(running.watch, view('RUNNING', 900, { beats: 9 }))).toMatchObject({
      stop: undefined,
      heartbeat: true,
    });
  });

  it('counts the time to form afresh in each attempt', () => {
    const { watch } = sweep(undefined, view('FORMING', 100));
    const second = view('FORMING', 401, { control: { ...control('FORMING'), attempt: 1 } });
    expect(sweep(watch, second).stop).toBeUndefined();
  });

  it('stops a gang of which no host has had a heartbeat for a minute', () => {
    const { watch } = sweep(undefined, view('RUNNING', 100));
    expect(sweep(watch, view('RUNNING', 160)).stop).toBeUndefined();
    expect(sweep(watch, view('RUNNING', 161)).stop).toMatchObject({ kind: 'host-lost', instanceId: 'a' });
  });

  it.each<Phase>(['ACQUIRING', 'FORMING', 'STARTING', 'RUNNING'])(
    'stops a gang in %s at the limit of its duration',
    (phase) => {
      expect(sweep(undefined, view(phase, 10_001)).stop).toMatchObject({ kind: 'limit' });
      expect(sweep(undefined, view(phase, 10_000)).stop).toBeUndefined();
    },
  );

  it.each<Phase>(['STOPPING', 'DRAINED', 'SUCCEEDED', 'FAILED', 'CANCELLED'])(
    'answers again for a gang in %s',
    (phase) => {
      expect(sweep(undefined, view(phase, 99_999))).toMatchObject({
        ...{ stop: undefined, answer: true, heartbeat: false },
      });
    },
  );
});
