/**
 * The master invariant on hosts, under random schedules: hosts die, are paused and wake up as zombies, get notice, come late;
 * stores do not answer, answer late, or apply a write and lose the reply; functions die at any call and are tried again. Whatever
 * happens: nothing is visible before the commit, what is committed holds every row exactly once, and nothing is left that costs.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LockstepError } from '#core/errors.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { batchesOf, fileBytes } from '../../../formats/arrow/files.ts';
import { Dice } from '../../../simulation/dice.ts';
import { expected } from '../world.ts';
import { type CrewWorld, crewWorld, RUN, type RunningHost } from './crew-world.ts';

type Call = (...args: never[]) => Promise<unknown>;

/** A port whose every method goes through `pass`, with its name; what is no promise stays as it is. */
function through<Port extends object>(port: Port, pass: (name: string, call: Call) => Call): Port {
  const entries = Object.entries(port).map(([name, value]) => [
    name,
    typeof value === 'function' && name !== 'list' ? pass(name, value as Call) : value,
  ]);
  return Object.fromEntries(entries) as Port;
}

const WRITES = /^(take|replace|remove|begin|move|fail|open|grant|release|launch|terminate|intend|save)$/;

class Trouble {
  readonly dice: Dice;
  readonly clock: CrewWorld['clock'];
  /** Trouble ends some day: what then still goes wrong is a fault of the protocol. */
  isOver = false;

  constructor(seed: number, clock: CrewWorld['clock']) {
    this.dice = new Dice(seed);
    this.clock = clock;
  }

  /** Answers late, not at all, or after the write took effect. */
  call(rate: number): (name: string, call: Call) => Call {
    return (name, call) =>
      async (...args) => {
        if (this.isOver) return await call(...args);
        if (this.dice.chance(0.2)) await this.clock.sleep(this.dice.between(1, 3_000));
        if (this.dice.chance(rate)) throw new LockstepError('LS_UNAVAILABLE', `${name}, not applied`);
        const answer = await call(...args);
        if (WRITES.test(name) && this.dice.chance(rate)) throw new LockstepError('LS_UNAVAILABLE', `${name}, applied`);
        return answer;
      };
  }
}

/** A host that is dead reaches nobody, and one that is paused everybody late. */
const alive =
  (host: RunningHost, paused: (host: RunningHost) => Promise<void>) =>
  (_: string, call: Call): Call =>
  async (...args) => {
    await paused(host);
    return host.isDead ? await new Promise(() => {}) : await call(...args);
  };

async function simulate(seed: number): Promise<void> {
  const dice = new Dice(seed);
  const hosts = { min: dice.between(1, 3), max: dice.between(3, 5), replacements: 1000 };
  let trouble: Trouble | undefined;
  const pausedUntil = new Map<string, number>();
  const wake = async ({ host }: RunningHost) => {
    const leftMs = (pausedUntil.get(host.instanceId) ?? 0) - run.clock.monotonicMs();
    if (leftMs > 0) await run.clock.sleep(leftMs);
  };
  const troubled = <Port extends object>(port: Port, rate: number) =>
    through(port, trouble?.call(rate) ?? ((_, call) => call));
  const run = await crewWorld({
    hosts,
    around: (host, ports) => ({
      ...ports,
      claims: through(troubled(ports.claims, 0.05), alive(host, wake)),
      crews: through(troubled(ports.crews, 0.05), alive(host, wake)),
      leases: through(troubled(ports.leases, 0.05), alive(host, wake)),
      objects: through(ports.objects, alive(host, wake)),
    }),
    before: async (host) => {
      await run.clock.sleep(dice.between(0, 20_000));
      await wake(host);
      if (!trouble?.isOver && dice.chance(0.03)) throw new LockstepError('LS_PREDICTOR_DIED', 'killed');
    },
    functions: (ports) => ({
      ...ports,
      claims: troubled(ports.claims, 0.03),
      crews: troubled(ports.crews, 0.03),
      leases: troubled(ports.leases, 0.03),
      fleet: troubled(ports.fleet, 0.03),
      cooldowns: troubled(ports.cooldowns, 0.03),
    }),
  });
  trouble = new Trouble(seed, run.clock);
  const sizes = Array.from({ length: dice.between(1, 14) }, () => dice.between(1, 9));
  await run.world.input('a.arrow', await fileBytes(batchesOf(...sizes)));
  const tick = async () => {
    if (trouble === undefined || trouble.isOver) return;
    expect(await run.world.objects.head(`s3://data/runs/${RUN}/_SUCCESS.json`)).toBeUndefined();
    for (const one of run.running.values()) {
      if (one.isDead || one.reason !== undefined) continue;
      const fate = dice.next();
      if (fate < 0.004) {
        one.isDead = true;
        run.fleet.lose(one.host.instanceId);
      }
      if (fate > 0.996) pausedUntil.set(one.host.instanceId, run.clock.monotonicMs() + dice.between(5_000, 90_000));
      if (fate > 0.5 && fate < 0.503) one.noticed.abort();
    }
  };
  // An execution that is given up is resumed by another, as a person would.
  for (let execution = 0; ; execution++) {
    const state = await run.until(run.predict(await run.plan(`arn:e:r.${execution}`)), tick);
    if (execution === 3) trouble.isOver = true;
    const committed = await run.commit(state).catch((error: LockstepError) => {
      expect(['LS_PREDICTOR_DIED', 'LS_RUN_INCOMPLETE', 'LS_UNAVAILABLE', 'LS_NO_CAPACITY', 'LS_RUN_EXISTS']).toContain(
        error.code,
      );
    });
    if (committed === undefined) {
      expect(execution, `seed ${seed} never commits`).toBeLessThan(8);
      continue;
    }
    await run.until(run.clock.sleep(600_000));
    const ids: number[] = [];
    for await (const batch of (await readCommitted(run.world, committed.manifestUri ?? '')).batches()) {
      for (const row of batch) {
        expect(row?.prediction.toJSON()).toEqual(expected(row?.id));
        ids.push(row?.id);
      }
    }
    expect(ids).toEqual(Array.from({ length: sizes.reduce((sum, rows) => sum + rows, 0) }, (_, id) => id));
    break;
  }
  expect(run.seen.most).toBeLessThanOrEqual(hosts.max);
  expect(await run.hostsAlive()).toBe(0);
  expect(await run.leasesHeld()).toBe(0);
  expect(await run.ports.crews.list()).toEqual([]);
  await run.close();
}

it('holds whatever happens to hosts, stores and functions', async () => {
  const seeds = Number(process.env.LOCKSTEP_SEEDS ?? 5);
  await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 - 1 }), simulate), {
    numRuns: seeds,
    endOnFailure: true,
  });
}, 600_000);
