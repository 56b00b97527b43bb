import aslValidator from 'asl-validator';
import { describe, expect, test } from 'vitest';
import { definition, type Machine, type State, synthesized } from './synthesized.ts';

const template = synthesized();

describe.each(['Training', 'Inference'] as const)('the %s workflow', (workflow) => {
  const machine = definition(template, workflow);
  const states = allStates(machine);

  test('is the one in the golden file, which a reviewer has read', async () => {
    await expect(`${JSON.stringify(machine, null, 2)}\n`).toMatchFileSnapshot(
      `golden/${workflow.toLowerCase()}.asl.json`,
    );
  });

  test('is valid Amazon States Language', () => {
    const { isValid, errorsText } = aslValidator(machine);
    expect(errorsText('\n')).toBe('');
    expect(isValid).toBe(true);
  });

  test('uses only what AWS, LocalStack, MiniStack and the embedded cloud do alike', () => {
    for (const [name, state] of states) expect(notPortable(state), name).toEqual([]);
  });

  test('names every state once, those inside of a Map included', () => {
    const names = states.map(([name]) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  test('reaches every state', () => {
    expect(unreachable(machine)).toEqual([]);
  });

  test('tries every transient error again, in every Task', () => {
    const tasks = states.filter(([, { Type }]) => Type === 'Task');
    expect(tasks.length).toBeGreaterThan(0);
    for (const [name, { Retry }] of tasks) {
      const errors = Retry?.flatMap(({ ErrorEquals }) => ErrorEquals);
      expect(errors, name).toEqual(expect.arrayContaining(CUT_OFF_OR_BUSY));
      expect(errors, name).not.toContain('States.ALL');
    }
  });
});

test('no error of a state of the training workflow ends it without a Catch', () => {
  const own = Object.entries(definition(template, 'Training').States).filter(([, { Type }]) => Type === 'Task');
  expect(own.length).toBeGreaterThan(0);
  for (const [name, state] of own) expect(state.Catch?.at(-1)?.ErrorEquals, name).toEqual(['States.ALL']);
});

test('the inference workflow fails in the state that a redrive has to repeat: no Fail state, only what works is caught', () => {
  const { States } = definition(template, 'Inference');
  expect(Object.values(States).filter(({ Type }) => Type === 'Fail')).toEqual([]);
  const caught = Object.entries(States).flatMap(([name, { Catch = [] }]) => Catch.map(({ Next }) => [name, Next]));
  // Hosts are released whatever happens, and neither that nor their work decides what is committed.
  expect(caught.toSorted()).toEqual([
    ['Hosts', 'Release'],
    ['Partitions', 'Commit'],
    ['Release', 'Commit'],
  ]);
});

test('every error of the training workflow leads to Release, and one of Release itself to an end that says so', () => {
  const { States } = definition(template, 'Training');
  for (const [name, { Type, Catch }] of Object.entries(States)) {
    if (Type === 'Task') expect(Catch?.at(-1)?.Next, name).toBe(name === 'Release' ? 'NotReleased' : 'Release');
  }
});

test('a Run state that ends by itself is judged, not broken; nothing else is caught apart', () => {
  const { States } = definition(template, 'Training');
  const apart = Object.entries(States).filter(([, { Catch }]) => (Catch?.length ?? 0) > 1);
  expect(apart.map(([name]) => name)).toEqual(['Run']);
  expect(States.Run?.Catch?.[0]).toEqual({
    ...{ ErrorEquals: ['States.HeartbeatTimeout', 'States.Timeout'], ResultPath: null, Next: 'Decide' },
  });
  expect(States.Run).toMatchObject({ TimeoutSecondsPath: '$.timeoutS', HeartbeatSecondsPath: '$.heartbeatS' });
});

/** How Step Functions reports a function that could not run now, or was cut off while it did. */
const CUT_OFF_OR_BUSY = ['Lambda.TooManyRequestsException', 'Sandbox.Timedout', 'Runtime.ExitError', 'LS_UNAVAILABLE'];

test('a partition that was cut off gets another attempt, and then ends no other; one that was too slow at once', () => {
  const { ItemProcessor } = definition(template, 'Inference').States.Partitions ?? {};
  const { Retry = [], Catch = [] } = ItemProcessor?.States.Infer ?? {};
  expect(Retry).toContainEqual(
    expect.objectContaining({
      ErrorEquals: expect.arrayContaining(['Sandbox.Timedout', 'Lambda.Unknown']),
      MaxAttempts: 2,
    }),
  );
  expect(Retry.flatMap(({ ErrorEquals }) => ErrorEquals)).not.toContain('LS_PARTITION_TIMEOUT');
  const lost = [
    'Sandbox.Timedout',
    'Runtime.OutOfMemory',
    'Runtime.ExitError',
    'Lambda.Unknown',
    'LS_PARTITION_TIMEOUT',
  ];
  expect(Catch).toEqual([{ ErrorEquals: lost, ResultPath: null, Next: 'Lost' }]);
});

test('a full account is waited for, for minutes and not all at the same moment', () => {
  const { Retry } = definition(template, 'Inference').States.Plan ?? {};
  expect(Retry?.find(({ ErrorEquals }) => ErrorEquals.includes('Lambda.TooManyRequestsException'))).toMatchObject({
    ErrorEquals: ['Lambda.TooManyRequestsException'],
    MaxAttempts: 30,
    MaxDelaySeconds: 30,
    JitterStrategy: 'FULL',
  });
});

const STATE_TYPES = ['Task', 'Pass', 'Choice', 'Wait', 'Map', 'Succeed', 'Fail'];
const RESOURCES = ['arn:aws:states:::lambda:invoke', 'arn:aws:states:::lambda:invoke.waitForTaskToken'];
/** JSONata, variables, and what LocalStack refuses or some engine ignores. */
const FIELDS = [
  ...['Assign', 'Arguments', 'Output', 'Items', 'ItemBatcher', 'Label', 'ResultWriter'],
  ...['ToleratedFailurePercentage', 'ToleratedFailureCount', 'ToleratedFailurePercentagePath'],
];

function notPortable(state: State): string[] {
  const problems = Object.keys(state).filter((field) => FIELDS.includes(field));
  if (!STATE_TYPES.includes(state.Type)) problems.push(`type ${state.Type}`);
  if (state.Type === 'Task' && !RESOURCES.includes(state.Resource ?? '')) problems.push(`resource ${state.Resource}`);
  if (state.QueryLanguage !== undefined && state.QueryLanguage !== 'JSONPath') problems.push('not JSONPath');
  if (state.Type === 'Map') {
    if (state.ItemProcessor?.ProcessorConfig.ExecutionType !== 'STANDARD') problems.push('children not STANDARD');
    if (!('MaxConcurrency' in state || 'MaxConcurrencyPath' in state)) problems.push('no MaxConcurrency');
  }
  return problems;
}

function allStates({ States }: Machine): [string, State][] {
  return Object.entries(States).flatMap(([name, state]) => [
    [name, state],
    ...(state.ItemProcessor === undefined ? [] : allStates(state.ItemProcessor)),
  ]);
}

function unreachable({ StartAt, States }: Machine): string[] {
  const seen = new Set<string>();
  const visit = (name: string | undefined) => {
    const state = name === undefined || seen.has(name) ? undefined : States[name];
    if (name === undefined || state === undefined) return;
    seen.add(name);
    const edges = [
      state.Next,
      state.Default,
      ...[...(state.Choices ?? []), ...(state.Catch ?? [])].map(({ Next }) => Next),
    ];
    edges.forEach(visit);
  };
  visit(StartAt);
  return Object.keys(States).filter((name) => !seen.has(name));
}
