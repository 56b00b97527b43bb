import { afterEach, expect, it } from 'vitest';
import { LockstepError } from '#core/errors.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { batchesOf, fileBytes } from '../../../formats/arrow/files.ts';
import { expected } from '../world.ts';
import { type CrewWorld, type CrewWorldOptions, crewWorld, POOL, RUN } from './crew-world.ts';

const BATCHES = Array<number>(12).fill(6);
const ROWS = 12 * 6;

let made: CrewWorld | undefined;
afterEach(async () => {
  await made?.close();
  made = undefined;
});

async function newRun(options: CrewWorldOptions = {}): Promise<CrewWorld> {
  made = await crewWorld(options);
  await made.world.input('a.arrow', await fileBytes(batchesOf(...BATCHES)));
  return made;
}

/** The whole run; the answer of Commit. */
const whole = async (run: CrewWorld) => run.commit(await run.until(run.predict(await run.plan())));

async function rowsOf(run: CrewWorld, manifestUri: string | undefined): Promise<readonly number[]> {
  const ids: number[] = [];
  for await (const batch of (await readCommitted(run.world, manifestUri ?? '')).batches()) {
    for (const row of batch) {
      expect(row?.prediction.toJSON()).toEqual(expected(row?.id));
      ids.push(row?.id);
    }
  }
  return ids;
}

/** Nothing of a run that is over costs anything. */
async function expectNothingLeft(run: CrewWorld): Promise<void> {
  expect(await run.hostsAlive()).toBe(0);
  expect(await run.leasesHeld()).toBe(0);
  expect(await run.ports.crews.list()).toEqual([]);
  expect(await run.ports.crews.read(RUN)).toMatchObject({ phase: 'ENDED' });
}

it('predicts each row once on as many hosts as there may be, and gives all of them back', async () => {
  const run = await newRun({ before: () => run.clock.sleep(3_000) });
  const committed = await whole(run);
  expect(committed.rows).toBe(ROWS);
  expect(await rowsOf(run, committed.manifestUri)).toEqual(Array.from({ length: ROWS }, (_, id) => id));
  expect(run.predicted.toSorted((a, b) => a - b)).toEqual([...Array(12).keys()]);
  expect(run.running.size).toBe(3);
  await expectNothingLeft(run);
});

it('launches no more hosts than there is work for', async () => {
  const run = await newRun({
    hosts: { min: 1, max: 9 },
    job: { limits: { ...(await newRun()).job.limits, partitionBytes: 4_000 } },
  });
  await whole(run);
  expect(run.running.size).toBeLessThan(5);
});

it('begins with `min` although there are no more, and is joined by others once there are', async () => {
  const run = await newRun({ capacity: { [POOL]: 2 }, before: () => run.clock.sleep(40_000) });
  const planned = await run.plan();
  let ticks = 0;
  const state = await run.until(run.predict(planned), async () => {
    ticks += 1;
    if (ticks === 90) run.fleet.setCapacity(POOL, 3);
  });
  expect(run.running.size).toBe(3);
  expect((await run.commit(state)).rows).toBe(ROWS);
});

it('leaves hosts beyond `min` to a gang that waits for such', async () => {
  const run = await newRun({ before: () => run.clock.sleep(3_000) });
  await run.ports.queue.put({
    ...{ runId: 'gang', jobUri: 's3://b/job', priority: 0, queuedAtS: 0, askedAtS: run.clock.wallMs() / 1000 + 1e6 },
    ...{ admitted: false, instanceTypes: ['g4dn.xlarge'] },
  });
  await whole(run);
  expect(run.running.size).toBe(2);
});

it('replaces a host that is lost in the middle, and what it had claimed is predicted by another', async () => {
  const run = await newRun({ hosts: { max: 2 }, before: () => run.clock.sleep(8_000) });
  let killed = '';
  const state = await run.until(run.predict(await run.plan()), async () => {
    const [victim] = [...run.running.values()];
    if (killed !== '' || run.predicted.length < 3 || !victim) return;
    killed = victim.host.instanceId;
    victim.isDead = true;
    run.fleet.lose(killed);
  });
  expect(killed).not.toBe('');
  expect(run.running.size).toBe(3);
  expect(await rowsOf(run, (await run.commit(state)).manifestUri)).toHaveLength(ROWS);
  await expectNothingLeft(run);
});

it('gives back what is in work at a host that has notice, without counting it as a try', async () => {
  const run = await newRun({ hosts: { min: 1, max: 1 }, before: () => run.clock.sleep(90_000) });
  let first: string | undefined;
  const state = await run.until(run.predict(await run.plan()), async () => {
    const [one] = [...run.running.values()];
    if (first === undefined && one && run.predicted.length === 1) {
      first = one.host.instanceId;
      one.noticed.abort();
    }
    const board = await run.ports.claims.board({ runId: RUN, attempt: 0 });
    for (const { tries } of board?.claims ?? []) expect(tries).toBeLessThan(2);
  });
  expect(run.running.get(first ?? '')?.reason).toBe('the host is to be taken away');
  expect(run.running.size).toBe(2);
  expect((await run.commit(state)).rows).toBe(ROWS);
});

it('fails clearly once every host is lost more often than the job allows, and a resumed run repeats nothing', async () => {
  let isDeadly = true;
  const run = await newRun({ hosts: { min: 1, max: 1, replacements: 2 }, before: () => run.clock.sleep(5_000) });
  const losing = async () => {
    for (const one of run.running.values()) {
      if (!isDeadly || one.isDead || run.predicted.length < 2) continue;
      one.isDead = true;
      run.fleet.lose(one.host.instanceId);
    }
  };
  const failed = await run.until(run.predict(await run.plan()), losing);
  await expect(run.commit(failed)).rejects.toMatchObject({
    code: 'LS_HOST_LOST',
    message: expect.stringMatching(/3 hosts were lost, and hosts.replacements is 2; \d+ of 12 partitions are left/),
  });
  await expectNothingLeft(run);
  isDeadly = false;
  const before = [...run.predicted];
  const resumed = await run.until(run.predict(await run.plan('arn:aws:states:execution:r.1')), losing);
  expect((await run.commit(resumed)).rows).toBe(ROWS);
  expect(run.predicted.slice(before.length).filter((one) => before.includes(one))).toEqual([]);
  await expectNothingLeft(run);
});

it('ends with LS_NO_CAPACITY where `min` hosts cannot be had, and holds none of them meanwhile', async () => {
  const run = await newRun({ capacity: { [POOL]: 1 }, hosts: { maxQueueS: 600 } });
  const state = await run.until(run.predict(await run.plan()));
  expect(run.seen.most).toBe(0);
  await expect(run.commit(state)).rejects.toMatchObject({ code: 'LS_NO_CAPACITY' });
  await expectNothingLeft(run);
});

it('ends with LS_LIMIT_EXCEEDED when its time is up', async () => {
  const run = await newRun({ hosts: { maxDurationS: 60 }, before: () => run.clock.sleep(50_000) });
  const state = await run.until(run.predict(await run.plan()));
  await expect(run.commit(state)).rejects.toMatchObject({
    code: 'LS_LIMIT_EXCEEDED',
    message: expect.stringMatching(/hosts.maxDurationS, 60 s, is over; \d+ of 12 partitions are left/),
  });
  await expectNothingLeft(run);
});

it('fails with the reason of a partition that cannot be predicted, at once', async () => {
  const run = await newRun({
    before: async (_, { partition }) => {
      if (partition === 5) throw new LockstepError('LS_NULL_INPUT', 'the column `x` has no value');
      await run.clock.sleep(1_000);
    },
  });
  const state = await run.until(run.predict(await run.plan()));
  await expect(run.commit(state)).rejects.toMatchObject({
    code: 'LS_NULL_INPUT',
    message: 'partition 5: the column `x` has no value',
  });
  await expectNothingLeft(run);
});

it('tries a partition three times that ends its process, and then says so', async () => {
  let tries = 0;
  const run = await newRun({
    before: async (_, { partition }) => {
      await run.clock.sleep(500);
      if (partition !== 0) return;
      tries += 1;
      throw new LockstepError('LS_PREDICTOR_DIED', 'the process ended with signal SIGKILL');
    },
  });
  const state = await run.until(run.predict(await run.plan()));
  expect(tries).toBe(3);
  await expect(run.commit(state)).rejects.toMatchObject({
    code: 'LS_PREDICTOR_DIED',
    message: 'partition 0: the process ended with signal SIGKILL',
  });
  await expectNothingLeft(run);
});

it('has its plan made by the hosts where that takes what only they have, and works by it', async () => {
  const run = await newRun();
  const state = await run.until(run.predict(await run.unplanned()));
  expect((await run.commit(state)).rows).toBe(ROWS);
  expect(run.predicted.toSorted((a, b) => a - b)).toEqual([...Array(12).keys()]);
  await expectNothingLeft(run);
});

it('fails with what is wrong with the plan, and with the same again once it is redriven', async () => {
  const run = await newRun({ job: { input: ['s3://data/nothing/'] } });
  const state = await run.until(run.predict(await run.unplanned()));
  const why = { code: 'LS_DATA_EMPTY', message: expect.stringContaining('s3://data/nothing/') };
  await expect(run.commit(state)).rejects.toMatchObject(why);
  await expectNothingLeft(run);
  const redriven = await run.commit(state);
  const again = await run.until(run.predict(redriven));
  await expect(run.commit(again)).rejects.toMatchObject(why);
  expect(await run.ports.crews.read(RUN)).toMatchObject({ attempt: 1, phase: 'ENDED' });
});

it('takes over from a host that is paused, whose late end changes nothing', async () => {
  let isPaused = false;
  const run = await newRun({
    hosts: { min: 2, max: 2 },
    before: async ({ host }, { partition }) => {
      await run.clock.sleep(2_000);
      if (partition !== 1 || isPaused) return;
      isPaused = true;
      paused = host.instanceId;
      await run.clock.sleep(120_000);
    },
    around: ({ host }, ports) => ({
      ...ports,
      // Whatever it writes of claims waits as long.
      claims: {
        ...ports.claims,
        replace: async (...write) => {
          if (host.instanceId === paused) await run.clock.sleep(100_000);
          return await ports.claims.replace(...write);
        },
      },
    }),
  });
  let paused: string | undefined;
  const state = await run.until(run.predict(await run.plan()));
  const committed = await run.commit(state);
  expect(committed.rows).toBe(ROWS);
  await run.until(run.clock.sleep(300_000));
  expect(await rowsOf(run, committed.manifestUri)).toHaveLength(ROWS);
  expect(run.predicted.filter((one) => one === 1).length).toBeGreaterThanOrEqual(1);
});
