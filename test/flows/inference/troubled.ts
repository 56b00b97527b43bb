/** Schedules that follow from a seed: objects behind a bad network, and processes that may die at any call to them. */
import { LockstepError } from '#core/errors.ts';
import type { Objects } from '#core/objects/ports.ts';

/** The process is gone. */
export class Crash extends Error {}

/** Random numbers from 0 to 1 that follow from the seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same objects as a process sees them whose network is bad and which may die at any call, `rarely` for one that calls often. */
export function troubled(objects: Objects, random: () => number, rarely = false): Objects {
  const pause = async () => {
    for (let turns = Math.floor(random() * 6); turns > 0; turns--) await new Promise(setImmediate);
  };
  const trouble = (where: string): void => {
    const draw = rarely ? 10 * random() : random();
    if (draw < 0.02) throw new Crash(where);
    if (draw < 0.08) throw new LockstepError('LS_UNAVAILABLE', where);
  };
  return {
    ...objects,
    async get(uri, range) {
      await pause();
      trouble(`get ${uri}`);
      return await objects.get(uri, range);
    },
    async head(uri) {
      await pause();
      return await objects.head(uri);
    },
    async put(uri, body, condition) {
      await pause();
      trouble(`put ${uri}, not applied`);
      const result = await objects.put(uri, body, condition);
      await pause();
      trouble(`put ${uri}, applied`);
      return result;
    },
  };
}
