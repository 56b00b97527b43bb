/**
 * Every step of the workflow, killed at each of its calls and repeated; beside another call of itself, held up at each
 * pair of their calls; and held up while the run goes on without it.
 */
import { describe, expect, it } from 'vitest';
import { crashingPorts, heldPorts, MOMENTS } from './interrupted-ports.ts';
import { everything, type Ports, STEPS } from './interrupted-steps.ts';

const CALLS_MAX = 400;

/** Runs a case for the first call, the second … until one is not reached; gives how many there were. */
async function atEveryCall(run: (at: number) => Promise<boolean>): Promise<number> {
  for (let at = 1; at <= CALLS_MAX; at++) if (!(await run(at))) return at - 1;
  throw new Error(`more than ${CALLS_MAX} calls`);
}

/** One that is dead or late may end as it likes. */
const settled = (call: Promise<unknown>): Promise<unknown> => call.catch(() => undefined);

describe.each(STEPS)('$name', ({ begin, call, holds, later, beside = {} }) => {
  it.each(MOMENTS)('killed at any call, %s, is made good by its repetition', async (moment) => {
    const calls = await atEveryCall(async (at) => {
      const world = await begin();
      const { ports, isReached } = crashingPorts(world.ports, at, moment);
      await settled(call(ports, 0));
      await call(world.ports, 1);
      await holds(world);
      return isReached();
    });
    expect(calls).toBeGreaterThan(2);
  });

  it('does no harm beside itself, whatever call either of them is held up at', async () => {
    for (const moment of MOMENTS) {
      await atEveryCall(async (at) => {
        let isReached = false;
        await atEveryCall(async (otherAt) => {
          const world = await begin();
          const [first, second] = [heldPorts(world.ports, at, moment), heldPorts(world.ports, otherAt, moment)];
          const firstCall = settled(call(first.ports, 0));
          await Promise.race([firstCall, first.held]);
          const secondCall = call(second.ports, 1);
          await Promise.race([secondCall, second.held]);
          first.resume();
          await firstCall;
          second.resume();
          await secondCall;
          await holds(world).catch((error: unknown) => {
            throw new Error(`held ${moment} at calls ${at} and ${otherAt}: ${error}`);
          });
          isReached = first.isReached();
          return second.isReached();
        });
        return isReached;
      });
    }
  });

  it.each(Object.entries(beside))(
    'does what it should with %s beside it, whatever call one is held up at',
    async (_, other) => {
      for (const moment of MOMENTS) {
        await atEveryCall(async (at) => {
          const world = await begin();
          const { ports, held, resume, isReached } = heldPorts<Ports>(world.ports, at, moment);
          const own = call(ports, 0);
          await Promise.race([own, held]);
          await settled(other(world.ports));
          resume();
          await own;
          await holds(world).catch((error: unknown) => {
            throw new Error(`held ${moment} at call ${at}: ${error}`);
          });
          return isReached();
        });
        await atEveryCall(async (at) => {
          const world = await begin();
          const { ports, held, resume, isReached } = heldPorts<Ports>(world.ports, at, moment);
          const others = settled(other(ports));
          await Promise.race([others, held]);
          const own = call(world.ports, 0);
          resume();
          await Promise.all([own, others]);
          await holds(world).catch((error: unknown) => {
            throw new Error(`the other held ${moment} at its call ${at}: ${error}`);
          });
          return isReached();
        });
      }
    },
  );

  it.each(Object.entries(later))('changes nothing any more once %s', async (_, goOn) => {
    for (const moment of MOMENTS) {
      await atEveryCall(async (at) => {
        const world = await begin();
        const { ports, held, resume, isReached } = heldPorts<Ports>(world.ports, at, moment);
        const late = settled(call(ports, 0));
        await Promise.race([late, held]);
        await call(world.ports, 1);
        await goOn(world);
        const before = await everything(world);
        resume();
        await late;
        expect(await everything(world), `held ${moment} at call ${at}`).toEqual(before);
        return isReached();
      });
    }
  });
});
