import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acquisition, awaiting, carried, lost, type TrainingNext, type TrainingState } from '#core/training/state.ts';
import { parseDeciding, parseRunTask, parseStart, parseState } from '#formats/training/parse-state.ts';

const START = { runId: 'a', jobUri: 's3://data/job.json', execution: { id: 'arn:e' } };
const AT = { ...START, queuedAt: 1_700_000_000, attempt: 1 };
const STATES: Readonly<Record<TrainingNext, TrainingState>> = {
  stage: { ...AT, next: 'stage', queryId: 'q', waitS: 5 },
  admit: { ...AT, next: 'admit', waitS: 0 },
  acquire: {
    ...{ ...acquisition(AT), searchSince: 7 },
    refusals: [{ pool: 'a/b/spot', code: 'InsufficientInstanceCapacity', failure: 'capacity' }],
  },
  run: awaiting(AT, 100),
  decide: { ...AT, next: 'decide', stoppingSince: 7, waitS: 1 },
  publish: { ...AT, next: 'publish' },
  release: { ...AT, next: 'release', manifestUri: 's3://data/manifest.json', latestRunId: 'a' },
};
const STEPS = Object.keys(STATES) as TrainingNext[];

describe('the state of a step', () => {
  it.each(STEPS)('%s is what went in', (step) => {
    expect(parseState(step, JSON.parse(JSON.stringify(STATES[step])))).toEqual(STATES[step]);
  });

  it.each(STEPS)('%s is not that of any other step', (step) => {
    for (const other of STEPS.filter((one) => one !== step)) {
      expect(() => parseState(step, STATES[other])).toThrow(`expected a state of the step ${step}`);
    }
  });

  it('has no field of another step, and lacks none of its own', () => {
    const fields = Object.entries(Object.assign({}, ...Object.values(STATES)));
    fc.assert(
      fc.property(fc.constantFrom(...STEPS), fc.constantFrom(...fields), (step, [field, value]) => {
        const state = STATES[step];
        fc.pre(field !== 'next');
        const { [field]: mine, ...without } = state as TrainingState & Record<string, unknown>;
        if (mine === undefined) {
          // A release is one with a result or one with a failure, so these two are told apart above.
          expect(() => parseState(step, { ...state, [field]: value })).toThrow('expected a state');
        } else if (!['queryId', 'searchSince', 'stoppingSince', 'latestRunId'].includes(field)) {
          expect(() => parseState(step, without)).toThrow('expected a state');
        }
      }),
    );
  });

  it('of a release holds a result or a failure, and not both or none', () => {
    const failed = lost(AT, 'LS_HOST_LOST', 'gone');
    expect(parseState('release', failed)).toEqual(failed);
    expect(() => parseState('release', { ...failed, manifestUri: 's3://b/m' })).toThrow('expected a state');
    expect(() => parseState('release', { ...AT, next: 'release' })).toThrow('expected a state');
  });

  it('keeps nothing of the step before it', () => {
    for (const state of Object.values(STATES)) expect(carried(state)).toEqual(AT);
  });
});

it('lets Decide take the end of the Run state and its own state, and nothing else', () => {
  const ended = { ...STATES.run, outcome: { phase: 'STOPPING', attempt: 1 } };
  expect(parseDeciding(ended)).toEqual(ended);
  expect(parseDeciding(STATES.decide)).toEqual(STATES.decide);
  // The Run state ended by itself: its time was up, or nobody kept it alive.
  expect(parseDeciding(STATES.run)).toEqual(STATES.run);
  for (const other of [STATES.admit, STATES.acquire, { ...ended, waitS: 1 }, { ...STATES.run, waitS: 1 }]) {
    expect(() => parseDeciding(other)).toThrow('expected a state of the step decide');
  }
});

it('refuses an input of the workflow that is another than a run and its job', () => {
  expect(parseStart(START)).toEqual(START);
  for (const other of [{ runId: 'a' }, { ...START, next: 'publish' }, null, 'a']) {
    expect(() => parseStart(other)).toThrow(expect.objectContaining({ code: 'LS_JOB_INVALID' }));
  }
});

describe('what the Run state hands over', () => {
  const task = { state: STATES.run, token: 't', entered: '2026-01-02T03:04:05.678Z', retry: 2 };

  it('is its state, its token and which visit it is, in whatever form of ISO 8601 the time comes', () => {
    const expected = { state: STATES.run, token: 't', enteredMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), retry: 2 };
    expect(parseRunTask(task)).toEqual(expected);
    expect(parseRunTask({ ...task, entered: '2026-01-02T03:04:05.678901+00:00' })).toEqual(expected);
  });

  it.each([
    { entered: 'yesterday' },
    { entered: undefined },
    { retry: -1 },
    { token: undefined },
    { state: STATES.decide },
  ])('is refused with %j', (change) => {
    expect(() => parseRunTask({ ...task, ...change })).toThrow('invariant broken: expected');
  });
});
