import { random } from '#core/gang/agent/pace.ts';

/** All chance of a simulation, from one seed. */
export class Dice {
  private seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** In [0, 1). */
  next(): number {
    const { value, seed } = random(this.seed);
    this.seed = seed;
    return value;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)] as T;
  }
}
