/**
 * Nothing bills for ever: any function may fail from any of its calls on and never work again, the run may be cancelled at
 * any moment, and every event is lost. The sweep alone must then bring the run to an end that costs nothing.
 */
import { describe, expect, it } from 'vitest';
import { isTerminal } from '#core/gang/phases.ts';
import { execute, FUNCTIONS, leftOf, type PortsOf, type RunWorld, runWorld, sweepFor } from './abandoned-runs.ts';
import { OWNER } from './gang-world.ts';
import { dyingPorts, MOMENTS, watchedPorts } from './interrupted-ports.ts';

const CALLS_MAX = 400;
/** Until then all of it is given back: one sweep notices and ends the hosts, the next ones see them gone. */
const MINUTES = 10;

async function expectNothingLeft(world: RunWorld, where: string): Promise<void> {
  const left = await leftOf(world);
  expect(left, where).toMatchObject({ hosts: [], leases: [], queue: [] });
  // One that has never come into the queue has never had anything to give back.
  expect(left.phase === 'QUEUED' || (left.phase !== undefined && isTerminal(left.phase)), where).toBe(true);
}

/** Runs a case for the first call, the second … until one is not reached; gives how many there were. */
async function atEveryCall(run: (at: number) => Promise<boolean>): Promise<number> {
  for (let at = 1; at <= CALLS_MAX; at++) if (!(await run(at))) return at - 1;
  throw new Error(`more than ${CALLS_MAX} calls`);
}

describe('a run of which no event arrives', () => {
  it('comes to its result if nothing fails, with the sweep beside it all the time', async () => {
    const world = await runWorld();
    await execute(world, () => world.ports);
    expect(await world.ports.executions.describe(OWNER)).toMatchObject({ status: 'succeeded' });
    expect(await leftOf(world)).toEqual({ hosts: [], leases: [], queue: [], phase: 'SUCCEEDED' });
  });

  it.each(FUNCTIONS)('gives everything back if the function `%s` fails for ever from any call on', async (name) => {
    for (const moment of MOMENTS) {
      const calls = await atEveryCall(async (at) => {
        const world = await runWorld();
        const { ports: dying, isReached } = dyingPorts(world.ports, at, moment);
        await execute(world, (each) => (each === name ? dying : world.ports));
        await sweepFor(world, MINUTES);
        await expectNothingLeft(world, `${name} dies for ever ${moment} at call ${at}`);
        return isReached();
      });
      expect(calls).toBeGreaterThan(2);
    }
  });

  it('gives everything back if Release fails for ever as well', async () => {
    for (const name of FUNCTIONS) {
      await atEveryCall(async (at) => {
        const world = await runWorld();
        const { ports: dying, isReached } = dyingPorts(world.ports, at, 'after it, before the reply');
        const { ports: dead } = dyingPorts(world.ports, 1, 'before it');
        const portsOf: PortsOf = (each) => (each === name ? dying : each === 'release' ? dead : world.ports);
        await execute(world, portsOf);
        await sweepFor(world, MINUTES);
        await expectNothingLeft(world, `${name} dies at call ${at}, and so does Release`);
        return isReached();
      });
    }
  });

  it('gives everything back if it is cancelled at any moment', async () => {
    const calls = await atEveryCall(async (at) => {
      const world = await runWorld();
      const cancel = () => world.ports.executions.stop(OWNER, 'from the console');
      const { ports, isReached } = watchedPorts(world.ports, at, cancel);
      await execute(world, () => ports);
      await sweepFor(world, MINUTES);
      await expectNothingLeft(world, `cancelled at call ${at}`);
      return isReached();
    });
    expect(calls).toBeGreaterThan(30);
  });
});
