/**
 * The interpreter against another implementation of the States Language, `aws-local-stepfunctions`, on random documents
 * and definitions, as far as that one is right; where it is not is in docs/decisions/.
 */
import { StateMachine } from 'aws-local-stepfunctions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../../../localstack/embedded/step-functions/asl.ts';
import { Execution } from '../../../localstack/embedded/step-functions/execution.ts';

const call = () => Promise.reject(new Error('no services here'));
const services = {
  ...{ call, prepare: () => {}, readItems: call },
  openToken: () => ({ token: '', wait: call, close: () => {} }),
};

async function ours(definition: unknown, input: unknown): Promise<unknown> {
  const machine = parseDefinition('m', JSON.stringify(definition));
  const start = { arn: 'a', name: 'n', stateMachineArn: 's', machine, input: JSON.stringify(input), services };
  const { output, error, cause } = await new Execution(start).ended;
  return output === undefined ? { error, ...(error?.startsWith('States.') ? {} : { cause }) } : JSON.parse(output);
}

async function theirs(definition: unknown, input: unknown): Promise<unknown> {
  const machine = new StateMachine(definition as never, { validationOptions: { noValidate: true } });
  try {
    return JSON.parse(JSON.stringify(await machine.run(input as never).result));
  } catch (thrown) {
    const { name, message } = (thrown as Error).cause as Error;
    return { error: name, ...(name.startsWith('States.') ? {} : { cause: message }) };
  }
}

const key = fc.constantFrom('a', 'b', 'c');
const scalar = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom('', 'x', 'xy', 'z-1'), fc.boolean());
const documentOf = (leaf: fc.Arbitrary<unknown>) => {
  const value = fc.oneof(leaf, fc.array(leaf, { minLength: 1, maxLength: 3 }), fc.dictionary(key, leaf));
  return fc.record({ a: value, b: value, c: value }, { requiredKeys: ['a', 'b'] });
};
/** They find nothing in a document that is `false`, 0 or empty, and characters in a string. */
const truthy = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom('x', 'xy'), fc.constant(true));
/** Mostly to something that is there. */
const path = fc.constantFrom('$', '$', '$.a', '$.b', '$.a', '$.b', '$.c', '$.a.b');
const intrinsic = fc.oneof(
  path.map((at) => `States.Array(${at}, 'lit', 3, States.ArrayLength(States.Array(1, 2)))`),
  fc.constantFrom("States.Format('{}/{}', 1, 'b')", 'States.ArrayRange(1, 9, 2)', 'States.MathAdd(1, -4)'),
  fc.constantFrom("States.Hash('abc', 'SHA-256')", "States.Base64Encode('abc')", "States.StringSplit('a,b', ',')"),
);
const templates = fc.dictionary(
  fc.constantFrom('p.$', 'q.$'),
  fc.oneof(path, intrinsic, fc.constantFrom('$', '$$.Execution.Input')),
  { minKeys: 1 },
);
/** They overwrite a list or scalar on the way of a deeper path; AWS refuses it. */
const place = key.chain((name) => fc.constantFrom(`$.${name}`, `$.new.${name}`, null));
const passes = fc
  .record(
    { Parameters: templates, ResultPath: place, InputPath: path, narrow: fc.boolean() },
    { requiredKeys: ['narrow'] },
  )
  .map(({ narrow, ...state }) => ({ ...state, OutputPath: narrow && state.ResultPath ? state.ResultPath : '$' }));

const order = fc.constantFrom('Equals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals');
const comparison = fc.oneof(
  fc.record({ order, operand: fc.integer({ min: -3, max: 3 }) }).map((c) => ({ [`Numeric${c.order}`]: c.operand })),
  fc.record({ order, operand: fc.constantFrom('', 'x', 'y') }).map((c) => ({ [`String${c.order}`]: c.operand })),
  fc.boolean().map((operand) => ({ BooleanEquals: operand })),
  fc.constantFrom({ IsPresent: true }, { StringMatches: 'x*' }, { StringMatches: '*1' }),
);
const typeTest = (rule: object) => {
  const name = Object.keys(rule)[0] ?? '';
  return name.startsWith('Numeric')
    ? { IsNumeric: true }
    : name.startsWith('String')
      ? { IsString: true }
      : { IsBoolean: true };
};
/** A comparison after a test of the type: the other implementation compares what is not comparable. */
const rule = fc
  .record({ path: fc.constantFrom('$.a', '$.b', '$.c', '$.a.b', '$.c.a'), comparison, not: fc.boolean() })
  .map(({ path: Variable, comparison: each, not }) => {
    const present = { Variable, IsPresent: true };
    const safe =
      'IsPresent' in each ? present : { And: [present, { Variable, ...typeTest(each) }, { Variable, ...each }] };
    return not ? { Not: safe } : safe;
  });

async function agree(definition: unknown, input: unknown): Promise<void> {
  const [left, right] = await Promise.all([ours(definition, input), theirs(definition, input)]);
  expect(left).toEqual(right);
}

describe('two implementations of the States Language agree', () => {
  it('on the data flow of Pass states', async () => {
    const twoStates = (first: object, second: object) => ({
      StartAt: 'A',
      States: { A: { Type: 'Pass', ...first, Next: 'B' }, B: { Type: 'Pass', ...second, End: true } },
    });
    const property = fc.asyncProperty(passes, passes, documentOf(truthy), (first, second, input) =>
      agree(twoStates(first, second), input),
    );
    await fc.assert(property, { numRuns: 400 });
  });

  it('on which rule of a Choice applies', async () => {
    const choice = (rules: readonly object[]) => ({
      StartAt: 'C',
      States: {
        C: { Type: 'Choice', Choices: rules.map((each, i) => ({ ...each, Next: `R${i}` })), Default: 'None' },
        None: { Type: 'Pass', Result: 'none', End: true },
        ...Object.fromEntries(rules.map((_, i) => [`R${i}`, { Type: 'Pass', Result: `rule ${i}`, End: true }])),
      },
    });
    const rules = fc.array(rule, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(rules, documentOf(scalar), (given, input) => agree(choice(given), input)),
      { numRuns: 400 },
    );
  });

  it('on Map and Parallel', async () => {
    const definition = {
      StartAt: 'M',
      States: {
        M: {
          Type: 'Map',
          ItemsPath: '$.items',
          ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value', 'k.$': '$.k' },
          ItemProcessor: { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } },
          ResultPath: '$.mapped',
          Next: 'P',
        },
        P: {
          Type: 'Parallel',
          Branches: ['$.k', '$.mapped'].map((at) => ({
            StartAt: at,
            States: { [at]: { Type: 'Pass', InputPath: at, End: true } },
          })),
          ResultSelector: { 'first.$': '$[0]', 'second.$': '$[1]' },
          End: true,
        },
      },
    };
    const input = fc.record({ items: fc.array(scalar), k: scalar });
    await fc.assert(
      fc.asyncProperty(input, (given) => agree(definition, given)),
      { numRuns: 50 },
    );
  });
});
