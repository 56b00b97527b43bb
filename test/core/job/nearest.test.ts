import { expect, it } from 'vitest';
import { nearest } from '#core/job/nearest.ts';

it.each([
  ['host', ['hosts', 'zones'], 'hosts'],
  ['HOSTS', ['hosts', 'zones'], 'hosts'],
  ['instanceType', ['instanceTypes', 'markets'], 'instanceTypes'],
  ['modle', ['model', 'name'], 'model'],
  ['gpu', ['hosts', 'zones'], undefined],
  ['patience', [], undefined],
])('%s, of %j, was meant to be %s', (word, candidates, meant) => {
  expect(nearest(word, candidates)).toBe(meant);
});
