import { afterAll, expect, it } from 'vitest';
import { remedyForMissing } from '../../../cli/job/near-file.ts';
import { testHome } from '../command-context.ts';

const home = testHome();
afterAll(() => home.remove());
const there = (name: string) => home.write(name, 'x');
const place = (name: string) => there('train.yaml').replace(/train\.yaml$/, name);

it.each([
  ['trian.yaml', /Did you mean .*train\.yaml\?/],
  ['train.yml', /Did you mean .*train\.yaml\?/],
  ['rows.arrow', /^otherwise$/],
])('offers what was probably meant by %s', (name, remedy) => {
  expect(remedyForMissing(place(name), 'otherwise').remedy).toMatch(remedy);
});

it('offers nothing where two files have the name', () => {
  for (const name of ['infer.yaml', 'infer.json']) there(name);
  expect(remedyForMissing(place('infer.yml'), 'otherwise').remedy).toBe('otherwise');
});
