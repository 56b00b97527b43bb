import { describe, expect, it } from 'vitest';
import { embedded } from '../../conformance/step-functions-rig.ts';

const ofOne = (state: Record<string, unknown>) => ({ StartAt: 'A', States: { A: { ...state, End: true } } });
const ItemProcessor = { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } };

describe('a definition', () => {
  it.each([
    ['names no such state', { StartAt: 'B', States: {} }, 'StartAt names no state'],
    ['leads nowhere', { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } }, 'there is no state B'],
    ['batches items', ofOne({ Type: 'Map', ItemBatcher: {}, ItemProcessor }), 'ItemBatcher is not emulated'],
    [
      'filters by a condition',
      ofOne({ Type: 'Pass', Parameters: { a: [{ 'x.$': '$.l[?(@.id==2)]' }] } }),
      "m/A: The path '$.l[?(@.id==2)]' is not supported here, from character 3",
    ],
    ['descends', ofOne({ Type: 'Pass', InputPath: '$..id' }), "m/A: The path '$..id' is not supported here"],
    [
      'looks at such a path in a rule',
      {
        StartAt: 'A',
        States: {
          A: { Type: 'Choice', Choices: [{ Not: { Variable: '$..a', IsPresent: true }, Next: 'B' }], Default: 'B' },
          B: { Type: 'Succeed' },
        },
      },
      "m/A: The path '$..a' is not supported here",
    ],
    [
      'has such a path within an intrinsic in a Map',
      ofOne({
        Type: 'Map',
        ItemProcessor: {
          StartAt: 'I',
          States: { I: { Type: 'Pass', Parameters: { 'x.$': "States.Format('{}', $.a..b)" }, End: true } },
        },
      }),
      "m/A/I: The path '$.a..b' is not supported here",
    ],
    [
      'calls what is no intrinsic',
      ofOne({ Type: 'Pass', Parameters: { 'x.$': 'States.Nothing($.a)' } }),
      'm/A: there is no function States.Nothing',
    ],
    ['assigns variables', ofOne({ Type: 'Pass', Assign: { a: 1 } }), 'Assign is not emulated'],
  ])('that %s is refused by name', async (_, definition, message) => {
    await expect(embedded({ m: definition })).rejects.toThrow(message);
  });
});

it('may have paths of its own in data that is none of the language', async () => {
  const data = { FilePath: 'no path', Variable: '..' };
  const loading = embedded({ m: ofOne({ Type: 'Pass', Parameters: data }), n: ofOne({ Type: 'Pass', Result: data }) });
  await expect(loading).resolves.toBeDefined();
  await (await loading).stop();
});
