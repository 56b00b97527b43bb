import type { StageMs } from '#core/inference/manifest.ts';
import type { StageWatch } from '#core/inference/ports.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock } from '#core/system/ports.ts';

type Stage = keyof StageMs;

/** Adds up how long each stage of a partition took. Stages overlap, so they may add up to more than the whole. */
export interface Stages extends StageWatch {
  /** The same items, with the time that each takes to come counted. */
  each<T>(stage: Stage, items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, void>;
  /** The same objects, with the time of each `get` counted as reading. */
  reading(objects: Objects): Pick<Objects, 'get'>;
  /** Rounded to a hundredth of a millisecond. */
  totals(): StageMs;
}

export function stages({ monotonicMs }: Clock): Stages {
  const spent = { read: 0, decode: 0, run: 0, encode: 0, write: 0 };
  const timeAsync = async <T>(stage: Stage, work: () => Promise<T>): Promise<T> => {
    const started = monotonicMs();
    try {
      return await work();
    } finally {
      spent[stage] += monotonicMs() - started;
    }
  };
  return {
    time(stage, work) {
      const started = monotonicMs();
      const result = work();
      spent[stage] += monotonicMs() - started;
      return result;
    },
    timeAsync,
    async *each(stage, items) {
      let started = monotonicMs();
      for await (const item of items) {
        spent[stage] += monotonicMs() - started;
        yield item;
        started = monotonicMs();
      }
      spent[stage] += monotonicMs() - started;
    },
    reading: (objects) => ({ get: (uri, range) => timeAsync('read', () => objects.get(uri, range)) }),
    totals: () => ({
      read: rounded(spent.read),
      decode: rounded(spent.decode),
      run: rounded(spent.run),
      encode: rounded(spent.encode),
      write: rounded(spent.write),
    }),
  };
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
