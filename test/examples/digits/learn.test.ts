import { describe, expect, it } from 'vitest';
import { loadDigits, splitOf } from '../../../examples/digits/digits.ts';
import { learn } from '../../../examples/digits/learn.ts';
import {
  type Batch,
  countCorrect,
  differentiator,
  exportModel,
  INPUTS,
  initialParameters,
  PARAMETER_COUNT,
} from '../../../examples/digits/network.ts';
import { randomNumbers } from '../../../examples/digits/random.ts';
import { pick } from '../../../examples/digits/samples.ts';
import { gangInProcess } from './gang-in-process.ts';

const digits = loadDigits();
const ids = Int32Array.from({ length: digits.count }, (_, id) => id);
const all: Batch = { pixels: digits.pixels, labels: digits.labels };
const train = pick(
  all,
  ids.filter((id) => splitOf(id) === 'train'),
);
const test = pick(
  all,
  ids.filter((id) => splitOf(id) === 'test'),
);
const OPTIONS = { epochs: 1, batchRows: 64, learningRate: 1e-3, saveEvery: 7 };

async function together(count: number, latest?: Parameters<typeof gangInProcess>[1], options = OPTIONS) {
  const gang = gangInProcess(count, latest);
  const shares = gang.members.map(({ rank }) =>
    pick(
      train,
      ids.slice(0, 9000).filter((row) => row % count === rank),
    ),
  );
  const learned = await Promise.all(gang.members.map((member, rank) => learn(member, shares[rank] as Batch, options)));
  return { ...gang, learned };
}

describe('the digits', () => {
  it('are 10,000, of which 1,000 are kept from training', () => {
    expect([train.labels.length, test.labels.length]).toEqual([9000, 1000]);
    expect(new Set(test.labels).size).toBe(10);
  });
});

describe('the gradient graph', () => {
  it('agrees with the slope of the loss, measured by moving one parameter at a time', async () => {
    const differentiate = await differentiator();
    const batch = pick(train, ids.slice(0, 16));
    const parameters = initialParameters(randomNumbers(3));
    const gradient = new Float32Array(PARAMETER_COUNT);
    await differentiate(parameters, batch, gradient);
    const strongest = [...gradient.keys()].toSorted((a, b) => Math.abs(gradient[b] ?? 0) - Math.abs(gradient[a] ?? 0));
    const biases = [INPUTS * 128 + 3, PARAMETER_COUNT - 1];
    for (const index of [...strongest.slice(0, 20), ...biases]) {
      const lossAt = (delta: number) =>
        differentiate(
          parameters.with(index, (parameters[index] as number) + delta),
          batch,
          new Float32Array(PARAMETER_COUNT),
        );
      const slope = ((await lossAt(1e-2)) - (await lossAt(-1e-2))) / 2e-2;
      expect(gradient[index]).toBeCloseTo(slope, 3);
    }
  });

  it('points downhill: following it makes the loss smaller', async () => {
    const differentiate = await differentiator();
    const batch = pick(train, ids.slice(0, 64));
    const parameters = initialParameters(randomNumbers(3));
    const gradient = new Float32Array(PARAMETER_COUNT);
    const before = await differentiate(parameters, batch, gradient);
    const moved = parameters.map((value, i) => value - 0.1 * (gradient[i] as number));
    expect(await differentiate(moved, batch, gradient)).toBeLessThan(before);
  });
});

describe('training together', () => {
  it('leaves every rank with the same parameters', async () => {
    const { learned } = await together(3);
    expect(learned[1]?.parameters).toEqual(learned[0]?.parameters);
    expect(learned[2]?.parameters).toEqual(learned[0]?.parameters);
  });

  it('ends with the same parameters, to the last bit, when it goes on from any of its checkpoints', async () => {
    const undisturbed = await together(2);
    expect(undisturbed.saved.map(({ step }) => step)).toEqual([7, 14, 21, 28, 35, 42, 49, 56, 63, 70]);
    for (const checkpoint of [undisturbed.saved[0], undisturbed.saved[5]]) {
      const resumed = await together(2, checkpoint);
      expect(resumed.saved).toHaveLength(10 - undisturbed.saved.indexOf(checkpoint as never) - 1);
      expect(resumed.learned[0]?.parameters).toEqual(undisturbed.learned[0]?.parameters);
    }
  });

  it('reaches 0.9 on digits that it has not seen, with the model that it exports', async () => {
    const { learned } = await together(4, undefined, { ...OPTIONS, epochs: 4, batchRows: 32 });
    const model = exportModel((learned[0] as { parameters: Float32Array }).parameters);
    expect((await countCorrect(model, test)) / test.labels.length).toBeGreaterThan(0.9);
  });

  it('says so when a rank has less than one batch', async () => {
    const [only] = gangInProcess(1).members;
    await expect(learn(only as never, pick(train, ids.slice(0, 10)), OPTIONS)).rejects.toThrow(
      'a rank has 10 rows, fewer than one batch of 64',
    );
  });
});
