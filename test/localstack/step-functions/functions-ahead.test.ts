import { expect, it } from 'vitest';
import type { States } from '../../../localstack/embedded/step-functions/asl.ts';
import { functionsAhead } from '../../../localstack/embedded/step-functions/functions-ahead.ts';

const invoke = (FunctionName: string, where: object) => ({
  Type: 'Task' as const,
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName },
  ...where,
});
const only = (name: string): States => ({ StartAt: 'One', States: { One: invoke(name, { End: true }) } });

const MACHINE: States = {
  StartAt: 'Plan',
  States: {
    Plan: invoke('plan', { Next: 'Planned', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Failed' }] }),
    Failed: invoke('never', { End: true }),
    Planned: { Type: 'Choice', Choices: [{ Next: 'All' }, { Next: 'Plan' }, { Next: 'Pause' }], Default: 'Done' },
    Pause: { Type: 'Wait', Seconds: 1, Next: 'Both' },
    All: { Type: 'Map', ItemProcessor: only('infer'), Next: 'Commit' },
    Both: { Type: 'Parallel', Branches: [only('left'), only('right')], Next: 'Token' },
    Token: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Parameters: { FunctionName: 'wait' },
      Next: 'Put',
    },
    Put: { Type: 'Task', Resource: 'arn:aws:states:::dynamodb:putItem', Next: 'Direct' },
    Direct: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:0:function:direct', End: true },
    Commit: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { 'FunctionName.$': '$.f' },
      Next: 'Done',
    },
    Done: { Type: 'Succeed' },
  },
};

it.each([
  ['Plan', ['infer', 'plan']],
  ['Pause', ['left', 'right']],
  ['All', []],
  ['Both', ['wait']],
  ['Token', ['arn:aws:lambda:us-east-1:0:function:direct']],
  ['Direct', []],
  ['Commit', []],
  ['Done', []],
])('after %s come %j', (state, functions) => {
  expect(functionsAhead(MACHINE, state)).toEqual(functions);
});

it('ends where states lead in a circle', () => {
  const circle: States = {
    StartAt: 'A',
    States: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } },
  };
  expect(functionsAhead(circle, 'A')).toEqual([]);
});
