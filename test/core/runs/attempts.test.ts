import { expect, it } from 'vitest';
import type { AttemptEnd } from '#core/gang/attempt-end.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Cause, Control } from '#core/gang/records.ts';
import { attemptStories } from '#core/runs/attempts.ts';

const control = (change: Partial<Control>): Control => ({
  ...newGang({ runId: 'a', owner: 'e', hosts: 2, tasksPerHost: 2, specHash: '', opId: '' }),
  ...{ phase: 'RUNNING', epoch: 3 },
  ...change,
});
const FAILED: Cause = { kind: 'task-failed', rank: 1, exit: { code: 1, signal: null, stopped: false } };
const LOST: AttemptEnd = {
  ...{ attempt: 0, endedAt: 5, epoch: 2, code: 'LS_HOST_LOST', message: 'host i-1 was lost', cause: FAILED },
  ...{ budget: 'infrastructure', isRestarted: true, replaced: ['i-1'] },
};

it('has nothing to tell before there is a gang', () => {
  expect(attemptStories(undefined, [])).toEqual([]);
});

it('tells of an attempt that was restarted, and of the one that goes on', () => {
  expect(attemptStories(control({ attempt: 1 }), [LOST])).toEqual([
    {
      ...{ attempt: 0, state: 'restarted', why: 'host i-1 was lost', firstReport: 'rank 1 exited with code 1' },
      ...{ chargedTo: 'infrastructure', replaced: ['i-1'], barriers: 2, endedAt: 5 },
    },
    { attempt: 1, state: 'running', replaced: [], barriers: 3 },
  ]);
});

it('takes the last attempt from the journal where the controller has ended it', () => {
  const end: AttemptEnd = {
    ...{
      attempt: 0,
      endedAt: 5,
      epoch: 2,
      code: 'LS_TASK_FAILED',
      message: 'rank 1 on i-1 exited with code 1',
      rank: 1,
    },
    ...{ cause: FAILED, budget: 'user', isRestarted: false, replaced: [] },
  };
  expect(attemptStories(control({ phase: 'FAILED', cause: FAILED }), [end])).toEqual([
    {
      ...{ attempt: 0, state: 'failed', why: 'rank 1 on i-1 exited with code 1', rank: 1 },
      ...{ chargedTo: 'user', replaced: [], barriers: 2, endedAt: 5 },
    },
  ]);
});

it.each([
  ['SUCCEEDED', undefined, 'succeeded', undefined],
  ['STOPPING', FAILED, 'stopping', 'rank 1 exited with code 1'],
  ['CANCELLED', { kind: 'cancelled', by: 'me' }, 'cancelled', 'cancelled by me'],
  ['FAILED', { kind: 'cancelled', by: 'LS_NO_CAPACITY' }, 'failed', 'cancelled by LS_NO_CAPACITY'],
] as const)(
  'takes the last attempt from the control item where the journal has none: %s',
  (phase, cause, state, why) => {
    const [story] = attemptStories(control({ phase, ...(cause !== undefined && { cause }) }), []);
    expect(story).toMatchObject({ state });
    expect(story?.why).toBe(why);
  },
);
