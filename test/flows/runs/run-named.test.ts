import { expect, it } from 'vitest';
import { runNamed } from '#flows/runs/run-named.ts';

const IDS = ['mnist-2', 'digits-12', 'digits-11', 'digits-1'];
const refusal = (word: string, ids: readonly string[] = IDS) => {
  try {
    return runNamed(word, ids);
  } catch (error) {
    return error as { code: string; message: string; remedy: string };
  }
};

it('is the newest run, a whole id, or the beginning of one', () => {
  expect(runNamed('latest', IDS)).toBe('mnist-2');
  expect(runNamed('digits-1', IDS)).toBe('digits-1');
  expect(runNamed('mni', IDS)).toBe('mnist-2');
});

it('is refused where several begin so, and names them', () => {
  expect(refusal('digits-')).toMatchObject({
    code: 'LS_USAGE',
    message: 'digits- begins digits-12, digits-11, digits-1',
  });
  const many = Array.from({ length: 7 }, (_, i) => `a-${i}`);
  expect(refusal('a', many)).toMatchObject({ message: 'a begins a-0, a-1, a-2, a-3, a-4 and 2 more' });
});

it('is not found where none does, with the one that may be meant', () => {
  expect(refusal('mnits-2')).toMatchObject({
    ...{ code: 'LS_RUN_NOT_FOUND', message: 'there is no run mnits-2 here' },
    remedy: expect.stringContaining('Did you mean mnist-2?'),
  });
  for (const word of ['latest', '']) expect(refusal(word, [])).toMatchObject({ code: 'LS_RUN_NOT_FOUND' });
  expect(refusal('')).toMatchObject({ code: 'LS_RUN_NOT_FOUND' });
});
