import { describe, expect, it } from 'vitest';
import { conflict, deserted } from '#core/gang/barrier/conflict.ts';
import type { Arrivals, TaskExit } from '#core/gang/records.ts';
import { run, succeed } from '#core/gang/start.ts';
import { control, member, roster } from './subject.ts';

const wait = (rank: number, kind: 'barrier' | 'allGather' = 'barrier') => ({
  ...{ callId: `${rank}`, epoch: 0, sinceMs: 0, deadlineMs: 1 },
  arrival: { rank, kind, callSite: `train.ts:${rank}` },
});
const here = (...ranks: readonly number[]): Arrivals => ({ kind: 'barrier', callSite: 'train.ts:9', ranks });
const exit = (code: number): TaskExit => ({ code, signal: null, stopped: false });

describe('calls of two kinds', () => {
  it('conflict on one host, whatever the others call', () => {
    const detail = 'barrier (train.ts:0) on rank 0 met allGather (train.ts:1) on rank 1';
    expect(conflict([wait(0), wait(1, 'allGather')], undefined)).toBe(detail);
    expect(conflict([wait(0), wait(1, 'allGather')], here(2))).toBe(detail);
  });

  it('conflict on two hosts, and those of one kind do not', () => {
    expect(conflict([wait(0, 'allGather')], here(2, 3))).toBe(
      'allGather (train.ts:0) on rank 0 met barrier (train.ts:9) on ranks 2, 3',
    );
    expect(conflict([wait(0), wait(1)], here(2))).toBeUndefined();
    expect(conflict([], here(2))).toBeUndefined();
  });
});

describe('a barrier is deserted', () => {
  it('by a rank that ended well without coming, where others wait', () => {
    expect(deserted([wait(1)], here(2), { 0: exit(0) })).toBe(
      'rank 0 exited with code 0 without coming to barrier (train.ts:1), where ranks 1, 2 wait',
    );
  });

  it('by nobody who came before, here or in the set, and by nobody who failed', () => {
    expect(deserted([wait(1)], here(2), { 2: exit(0) })).toBeUndefined();
    expect(deserted([wait(1)], here(2), { 1: exit(0) })).toBeUndefined();
    expect(deserted([wait(1)], here(2), { 0: exit(1) })).toBeUndefined();
  });

  it('by nobody where nobody waits', () => {
    expect(deserted([], undefined, { 0: exit(0) })).toBeUndefined();
    expect(deserted([], here(), { 0: exit(0) })).toBeUndefined();
  });
});

describe('a gang', () => {
  const starting = control({ phase: 'STARTING' });

  it('runs once every host has started, also one whose tasks have ended by then', () => {
    const [a, b] = [member('a', { state: 'STARTED' }), member('b', { state: 'EXITED' })];
    expect(run(starting, roster, [a, b], 'x')?.set).toEqual({ phase: 'RUNNING' });
    expect(run(starting, roster, [a], 'x')).toBeUndefined();
    expect(run(starting, roster, [a, member('b')], 'x')).toBeUndefined();
  });

  it('has succeeded once every rank has ended, all of them well', () => {
    const ended = (codes: readonly number[]) =>
      succeed(
        control({ phase: 'RUNNING' }),
        roster,
        codes.map((code, rank) => member(`${rank}`, { exits: { [rank]: exit(code) } })),
        'x',
      )?.set;
    expect(ended([0, 0, 0, 0])).toEqual({ phase: 'SUCCEEDED' });
    expect(ended([0, 0, 1, 0])).toBeUndefined();
    expect(ended([0, 0, 0])).toBeUndefined();
  });
});
