import { describe, expect, it } from 'vitest';
import { embedded } from '../../conformance/step-functions-rig.ts';

const ofOne = (state: Record<string, unknown>) => ({ StartAt: 'A', States: { A: { ...state, End: true } } });
const ItemProcessor = { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } };

describe('a definition', () => {
  it.each([
    ['names no such state', { StartAt: 'B', States: {} }, 'StartAt names no state'],
    ['leads nowhere', { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' } } }, 'there is no state B'],
    ['batches items', ofOne({ Type: 'Map', ItemBatcher: {}, ItemProcessor }), 'ItemBatcher is not emulated'],
    ['assigns variables', ofOne({ Type: 'Pass', Assign: { a: 1 } }), 'Assign is not emulated'],
  ])('that %s is refused by name', async (_, definition, message) => {
    await expect(embedded({ m: definition })).rejects.toThrow(message);
  });
});
