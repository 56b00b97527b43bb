import type { Dice } from './dice.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How bad the network is. */
export interface Weather {
  /** Share of requests that never arrive, and of replies that never come back though the request took effect. */
  readonly lostRequests: number;
  readonly lostReplies: number;
  /** Share of requests that arrive many seconds late, when their sender has long given them up and asked again. */
  readonly belated: number;
  /** Share of calls that take seconds. */
  readonly slow: number;
  /** Share of calls of functions that the workflow gives up, while they go on. */
  readonly cutOff: number;
  /** Share of barriers to which a rank comes seconds late. */
  readonly late: number;
}

export const CALM: Weather = { lostRequests: 0, lostReplies: 0, belated: 0, slow: 0, cutOff: 0, late: 0 };

export interface Line {
  /** True while nothing gets through. */
  isCut: boolean;
  /** Resolves once the machine at this end is not paused. */
  readonly awake: () => Promise<void>;
}

/** The same port, reached over a line: calls are delayed, lost on the way, or lost on the way back. */
export function over<T extends object>(port: T, line: Line, world: World): T {
  const { clock, dice } = world;
  return new Proxy(port, {
    get(target, name) {
      const method = Reflect.get(target, name) as unknown;
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        // As it is when the call is made: it may have cleared up since.
        const { weather } = world;
        await clock.sleep(latencyMs(dice, weather));
        if (line.isCut || dice.chance(weather.lostRequests)) await vanish(clock, dice);
        if (dice.chance(weather.belated)) {
          const late = clock.sleep(dice.between(5_000, 15_000)).then(() => method.apply(target, args));
          late.catch(() => undefined);
          await vanish(clock, dice);
        }
        const result = await method.apply(target, args);
        await clock.sleep(latencyMs(dice, weather));
        if (line.isCut || dice.chance(weather.lostReplies)) await vanish(clock, dice);
        await line.awake();
        return result;
      };
    },
  });
}

interface World {
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly weather: Weather;
}

const latencyMs = (dice: Dice, weather: Weather): number =>
  dice.chance(weather.slow) ? dice.between(500, 4_000) : dice.between(1, 30);

/** A lost message shows as an error soon, or as silence. */
async function vanish(clock: VirtualClock, dice: Dice): Promise<never> {
  await clock.sleep(dice.chance(0.5) ? dice.between(1, 50) : 60_000);
  throw new Error('connection lost');
}
