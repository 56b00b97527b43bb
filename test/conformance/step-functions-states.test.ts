import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionArn, invoke, stepFunctionsRig } from './step-functions-rig.ts';

const one = (state: Record<string, unknown>) => ({
  StartAt: 'A',
  States: { A: { ...state, ...(['Choice', 'Fail', 'Succeed'].includes(String(state.Type)) ? {} : { End: true }) } },
});
const pass = (fields: Record<string, unknown>) => one({ Type: 'Pass', ...fields });
const calls: string[] = [];
const named = (name: string, message = name) => Object.assign(new Error(message), { name });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let running = 0;
let peak = 0;

const FUNCTIONS = {
  echo: (event: unknown) => event,
  fails: ({ error }: { error: string }) => {
    calls.push('fails');
    throw named(error, 'because');
  },
  failsTwice: () => {
    calls.push('failsTwice');
    if (calls.filter((call) => call === 'failsTwice').length < 3) throw named('LS_UNAVAILABLE');
    return 'third time';
  },
  slow: async () => {
    await sleep(5_000);
  },
  big: () => 'x'.repeat(300_000),
  item: async ({ ms = 0, fail, value }: { ms?: number; fail?: boolean; value: unknown }) => {
    calls.push(`item ${value}`);
    running += 1;
    peak = Math.max(peak, running);
    await sleep(ms);
    running -= 1;
    if (fail) throw named('BadItem');
    return value;
  },
};

const inline = { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'I', States: { I: invoke('item') } };
const distributed = { ...inline, ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } };
const retry = (fields: Record<string, unknown>) => ({
  Retry: [{ ErrorEquals: ['LS_UNAVAILABLE'], IntervalSeconds: 1, BackoffRate: 1, ...fields }],
});
const caught = (ErrorEquals: string[], ResultPath: string | null = '$.error') => ({
  Catch: [{ ErrorEquals, ResultPath, Next: 'Caught' }],
});
const CAUGHT = { Type: 'Pass', End: true };

const lateBranch = {
  StartAt: 'Pause',
  States: { Pause: { Type: 'Wait', Seconds: 1, Next: 'Late' }, Late: invoke('item') },
};

const MACHINES = {
  shape: pass({ Parameters: { 'x.$': '$.a.b', y: { 'z.$': '$.list[1]' } }, ResultPath: '$.r.s', OutputPath: '$.r' }),
  zero: pass({ Result: 0, ResultPath: '$.waitS' }),
  discard: pass({ OutputPath: null }),
  keep: pass({ Result: 1, ResultPath: null }),
  whole: pass({ Result: { z: 1 }, ResultPath: '$' }),
  through: pass({ Result: 1, ResultPath: '$.a.b' }),
  many: pass({ Parameters: { 'all.$': '$.list[*].v', 'some.$': '$.list[1:]', 'last.$': '$.list[-1]' } }),
  missing: pass({ Parameters: { 'x.$': '$.nothing' } }),
  context: pass({
    Parameters: {
      'id.$': '$$.Execution.Id',
      'name.$': '$$.Execution.Name',
      'input.$': '$$.Execution.Input',
      'state.$': '$$.State.Name',
      'machine.$': '$$.StateMachine.Name',
    },
  }),
  failPath: one({ Type: 'Fail', ErrorPath: '$.code', CausePath: "States.Format('why: {}', $.message)" }),
  noRule: one({ Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 1, Next: 'A' }] }),
  lambdaDirect: one({ Type: 'Task', Resource: functionArn('echo') }),
  errorKept: one(invoke('fails')),
  caughtByName: {
    StartAt: 'A',
    States: {
      A: { ...invoke('fails', { Next: 'Never' }), ...caught(['LS_NO_CAPACITY']) },
      Caught: CAUGHT,
      Never: CAUGHT,
    },
  },
  caughtByTaskFailed: {
    StartAt: 'A',
    States: { A: { ...invoke('fails'), ...caught(['States.TaskFailed']) }, Caught: CAUGHT },
  },
  retried: one(invoke('failsTwice', retry({ MaxAttempts: 4 }))),
  retriesUsedUp: {
    StartAt: 'A',
    States: { A: { ...invoke('fails'), ...retry({ MaxAttempts: 2 }), ...caught(['States.ALL']) }, Caught: CAUGHT },
  },
  taskTimeout: {
    StartAt: 'A',
    States: { A: { ...invoke('slow', { TimeoutSeconds: 1 }), ...caught(['States.Timeout']) }, Caught: CAUGHT },
  },
  machineTimeout: { ...one({ Type: 'Wait', Seconds: 60 }), TimeoutSeconds: 1 },
  tooBig: { StartAt: 'A', States: { A: { ...invoke('big'), ...caught(['States.ALL']) }, Caught: CAUGHT } },
  parallel: one({
    Type: 'Parallel',
    Branches: [pass({ Result: 1 }), pass({ Parameters: { 'whole.$': '$$.Execution.Input.k' } })],
  }),
  parallelFails: {
    StartAt: 'P',
    States: {
      P: {
        Type: 'Parallel',
        Branches: [lateBranch, one({ Type: 'Fail', Error: 'Boom', Cause: 'c' })],
        ...caught(['Boom']),
        End: true,
      },
      Caught: CAUGHT,
    },
  },
  map: one({ Type: 'Map', ItemsPath: '$.items', MaxConcurrency: 2, ItemProcessor: inline }),
  mapSelect: one({
    Type: 'Map',
    ItemsPath: '$.items',
    ItemSelector: { 'value.$': "States.Format('{}-{}', $$.Map.Item.Index, $$.Map.Item.Value)", 'run.$': '$.run' },
    ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } },
  }),
  mapDistributed: one({ Type: 'Map', ItemsPath: '$.items', MaxConcurrencyPath: '$.limit', ItemProcessor: distributed }),
  mapCaught: {
    StartAt: 'M',
    States: {
      M: {
        Type: 'Map',
        ItemsPath: '$.items',
        MaxConcurrency: 2,
        ItemProcessor: distributed,
        ...caught(['States.ALL']),
        End: true,
      },
      Caught: CAUGHT,
    },
  },
  mapInlineCaught: {
    StartAt: 'M',
    States: {
      M: { Type: 'Map', ItemsPath: '$.items', ItemProcessor: inline, ...caught(['BadItem']), End: true },
      Caught: CAUGHT,
    },
  },
};

let rig: Awaited<ReturnType<typeof stepFunctionsRig>>;
beforeAll(async () => {
  rig = await stepFunctionsRig(MACHINES, FUNCTIONS);
});
afterAll(() => rig?.stop());

describe('data through a state', () => {
  it.each([
    ['shape', { a: { b: 7 }, list: [0, 'one'] }, { s: { x: 7, y: { z: 'one' } } }],
    ['zero', { waitS: 5, k: 1 }, { waitS: 0, k: 1 }],
    ['discard', { a: 1 }, {}],
    ['keep', { a: 1 }, { a: 1 }],
    ['whole', { a: 1 }, { z: 1 }],
    ['through', { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
    ['through', {}, { a: { b: 1 } }],
    ['many', { list: [{ v: 1 }] }, { all: [1], some: [], last: { v: 1 } }],
    ['many', { list: [] }, expect.anything()],
    ['lambdaDirect', { a: [1] }, { a: [1] }],
    ['parallel', { k: 'v' }, [1, { whole: 'v' }]],
  ])('%s of %j', async (machine, input, output) => {
    if (machine === 'many' && (input as { list: unknown[] }).list.length === 0) {
      await expect(rig.run(machine, input)).rejects.toThrow("States.Runtime: The JSONPath '$.list[-1]'");
    } else expect(await rig.run(machine, input)).toEqual(output);
  });

  it('the context object names the execution, its input, the state and the machine', async () => {
    const arn = await rig.start('context', { k: 1 }, 'my-run');
    const { output } = await rig.ended(arn);
    expect(JSON.parse(output as string)).toEqual({
      id: arn,
      name: 'my-run',
      input: { k: 1 },
      state: 'A',
      machine: 'context',
    });
  });

  it('a path that leads nowhere is States.Runtime', async () => {
    await expect(rig.run('missing')).rejects.toThrow("States.Runtime: The JSONPath '$.nothing' could not be found");
  });

  it.each([[{ a: [] }], [{ a: 5 }], [['no object']]])('a ResultPath through %j is refused', async (input) => {
    await expect(rig.run('through', input)).rejects.toThrow('States.ResultPathMatchFailure');
  });

  it('a result over 256 KiB is States.DataLimitExceeded, which States.ALL does not catch', async () => {
    await expect(rig.run('tooBig')).rejects.toThrow(/^States.DataLimitExceeded: The state\/task 'A' returned a result/);
  });
});

describe('errors', () => {
  it('Fail takes its error and cause from paths and intrinsics', async () => {
    await expect(rig.run('failPath', { code: 'LS_QUOTA', message: 'too many' })).rejects.toThrow(
      'LS_QUOTA: why: too many',
    );
  });

  it('a Choice without a rule that applies is States.NoChoiceMatched', async () => {
    await expect(rig.run('noRule', { n: 2 })).rejects.toThrow('States.NoChoiceMatched');
  });

  it("a function's errorType is the error, and the cause its whole failure as JSON", async () => {
    const { error, cause } = await rig.ended(await rig.start('errorKept', { error: 'LS_DATA_EMPTY' }));
    expect(error).toBe('LS_DATA_EMPTY');
    expect(JSON.parse(cause as string)).toMatchObject({ errorType: 'LS_DATA_EMPTY', errorMessage: 'because' });
  });

  it('Catch matches by name, puts the error where ResultPath says, and keeps the input', async () => {
    expect(await rig.run('caughtByName', { error: 'LS_NO_CAPACITY' })).toMatchObject({
      error: { Error: 'LS_NO_CAPACITY' },
    });
    await expect(rig.run('caughtByName', { error: 'LS_QUOTA' })).rejects.toThrow('LS_QUOTA');
    expect(await rig.run('caughtByTaskFailed', { error: 'Any' })).toMatchObject({ error: { Error: 'Any' } });
  });

  it('Retry tries again up to MaxAttempts, then Catch takes over', async () => {
    expect(await rig.run('retried')).toBe('third time');
    calls.length = 0;
    expect(await rig.run('retriesUsedUp', { error: 'LS_UNAVAILABLE' })).toMatchObject({
      error: { Error: 'LS_UNAVAILABLE' },
    });
    expect(calls).toEqual(['fails', 'fails', 'fails']);
    calls.length = 0;
    await rig.run('retriesUsedUp', { error: 'LS_QUOTA' });
    expect(calls).toEqual(['fails']);
  });

  it('a Task past TimeoutSeconds is States.Timeout', async () => {
    expect(await rig.run('taskTimeout')).toMatchObject({ error: { Error: 'States.Timeout' } });
  });

  it('an execution past the TimeoutSeconds of its machine is TIMED_OUT', async () => {
    const { status, error } = await rig.ended(await rig.start('machineTimeout'));
    expect([status, error]).toEqual(['TIMED_OUT', 'States.Timeout']);
  });

  it('one failing branch ends the Parallel at once', async () => {
    calls.length = 0;
    expect(await rig.run('parallelFails', { value: 1 })).toMatchObject({ error: { Error: 'Boom', Cause: 'c' } });
    await sleep(1_200);
    expect(calls).toEqual([]);
  });
});

describe('Map', () => {
  const items = (count: number, ms = 0) => Array.from({ length: count }, (_, value) => ({ value, ms }));

  it('keeps the order of the items and runs MaxConcurrency of them at once', async () => {
    peak = 0;
    // Long beside what a call takes, so that those that may run at once are seen to.
    const given = [400, 50, 300, 10, 200].map((ms, value) => ({ ms, value }));
    expect(await rig.run('map', { items: given })).toEqual([0, 1, 2, 3, 4]);
    expect(peak).toBe(2);
  });

  it('gives each item its index and value, and the state input', async () => {
    expect(await rig.run('mapSelect', { items: ['a', 'b'], run: 7 })).toEqual([
      { value: '0-a', run: 7 },
      { value: '1-b', run: 7 },
    ]);
  });

  it('as a Distributed Map takes its concurrency from a path', async () => {
    peak = 0;
    expect(await rig.run('mapDistributed', { items: items(9, 200), limit: 3 })).toHaveLength(9);
    expect(peak).toBe(3);
  });

  it('begins no further item after a failure; a Distributed Map reports the threshold', async () => {
    calls.length = 0;
    const given = [{ value: 0, ms: 30 }, { value: 1, fail: true }, { value: 2 }, { value: 3 }];
    expect(await rig.run('mapCaught', { items: given })).toMatchObject({
      error: {
        Error: 'States.ExceedToleratedFailureThreshold',
        Cause: 'The specified tolerated failure threshold was exceeded',
      },
    });
    await sleep(100);
    expect(calls).toEqual(['item 0', 'item 1']);
  });

  it('inline fails with the error of its item', async () => {
    expect(await rig.run('mapInlineCaught', { items: [{ value: 1, fail: true }] })).toMatchObject({
      error: { Error: 'BadItem' },
    });
  });

  it('of what is not an array is States.Runtime', async () => {
    await expect(rig.run('map', { items: 'no' })).rejects.toThrow('States.Runtime');
  });
});
