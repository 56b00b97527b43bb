import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../localstack/embedded/step-functions/intrinsics.ts';

const input = {
  runId: 'r-1',
  n: 5,
  list: [1, 2, 3, 4, 5],
  cause: '{"errorMessage":"said \\"no\\"\\n"}',
  odd: { "it's": 'C:\\temp', nothing: null },
  objects: [{ a: 1 }, { a: 1 }, { a: 2 }],
};
const value = (text: string) => evaluate(text, { input, context: { Execution: { Name: 'e' } } });

describe('an intrinsic function', () => {
  it.each([
    ["States.Format('runs/{}/items.json', $.runId)", 'runs/r-1/items.json'],
    ["States.Format('{} of {}: {}', $.n, $$.Execution.Name, $.odd.nothing)", '5 of e: null'],
    ["States.Format('it\\'s \\{\\} {}', 1)", "it's {} 1"],
    ["States.Format('{}', $.cause)", input.cause],
    ["States.Format('{}', $.odd['it\\'s'])", 'C:\\temp'],
    ['States.JsonToString($.odd)', JSON.stringify(input.odd)],
    ['States.StringToJson(States.JsonToString($))', input],
    ['States.StringToJson($.cause)', { errorMessage: 'said "no"\n' }],
    ["States.Array($.n, 'x', true, null, 1.5, States.Array())", [5, 'x', true, null, 1.5, []]],
    ['States.ArrayPartition($.list, 2)', [[1, 2], [3, 4], [5]]],
    ['States.ArrayContains($.objects, $.objects[2])', true],
    ['States.ArrayContains($.list, 9)', false],
    ['States.ArrayRange(1, 9, 3)', [1, 4, 7]],
    ['States.ArrayRange(3, 1, -1)', [3, 2, 1]],
    ['States.ArrayGetItem($.list, 1)', 2],
    ['States.ArrayLength($.list)', 5],
    ['States.ArrayUnique($.objects)', [{ a: 1 }, { a: 2 }]],
    ["States.ArrayGetItem(States.StringSplit('inbox/job.x//f', '/.'), 2)", 'x'],
    ["States.Base64Decode(States.Base64Encode('née'))", 'née'],
    ["States.Hash('abc', 'MD5')", '900150983cd24fb0d6963f7d28e17f72'],
    ['States.JsonMerge($.objects[0], $.odd, false)', { a: 1, ...input.odd }],
    ['States.MathAdd( $.n , -7 )', -2],
    ['States.UUID()', expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)],
  ])('%s', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  it.each([
    ["States.Format('{} {}', 1)", 'placeholders'],
    ['States.ArrayGetItem($.list, 5)', 'outside of 5 items'],
    ['States.Nothing(1)', 'no function States.Nothing'],
    ['States.ArrayLength($.n)', 'expected an array, got 5'],
    ["States.StringToJson('{')", 'States.StringToJson'],
    ["States.Hash('a', 'CRC')", 'unknown hash algorithm'],
    ["States.Format('a'", 'expected a comma'],
    ["States.Format('a') trailing", "unexpected 'trailing'"],
  ])('%s is refused by name', (text, message) => {
    expect(() => value(text)).toThrow(message);
    expect(() => value(text)).toThrow('States.IntrinsicFailure');
  });

  it('of a path that leads nowhere is States.Runtime', () => {
    expect(() => value("States.Format('{}', $.nobody)")).toThrow('States.Runtime');
  });
});
