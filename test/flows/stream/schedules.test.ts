/**
 * The promise of a stream under random schedules: records are delivered twice and in parts, processes die before or after any
 * write, and sleep for so long that others take over, then wake. Whatever happened, in the end every record is in one visible
 * answer or one dead letter, with the predictions of its own rows.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { memoryRecordClaims } from '#adapters/memory/memory-record-claims.ts';
import type { AnswersEntry } from '#core/stream/answers.ts';
import { comesAgain, type StreamRecord } from '#core/stream/record.ts';
import type { StreamPorts } from '#flows/stream/ports.ts';
import { expected } from '../inference/world.ts';
import { arrowOf, jsonOf, newRecord, newStreamWorld } from './world.ts';

/** What happens to a process, at which of its writes. */
interface Fault {
  readonly kind: 'dies before' | 'dies after' | 'sleeps before' | 'sleeps after';
  readonly atCall: number;
}

interface Worker {
  /** Places of the records that it is given, some of them twice. */
  readonly records: readonly number[];
  readonly fault: Fault;
}

const RECORDS = 6;
const BAD = 4;
const records: readonly StreamRecord[] = Array.from({ length: RECORDS }, (_, n) =>
  newRecord(`r${n}`, n === BAD ? arrowOf(Buffer.from('this is no Arrow file')) : jsonOf(n, n + 10), {
    ...(n % 3 === 0 && { group: 'g' }),
  }),
);

const worker: fc.Arbitrary<Worker> = fc.record({
  records: fc.array(fc.nat({ max: RECORDS - 1 }), { minLength: 1, maxLength: 8 }),
  fault: fc.record({
    kind: fc.constantFrom('dies before', 'dies after', 'sleeps before', 'sleeps after'),
    atCall: fc.integer({ min: 1, max: 14 }),
  }),
});

let base: Awaited<ReturnType<typeof newStreamWorld>>;
beforeAll(async () => {
  base = await newStreamWorld();
});
afterAll(() => base.close());

const NEVER = new Promise<never>(() => {});

/** Ports of one process, which comes to its fault; `stopped` resolves when it does. */
function faulty(ports: StreamPorts, { kind, atCall }: Fault, woken: Promise<void>) {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  let calls = 0;
  const hit = async (when: 'before' | 'after') => {
    if (calls !== atCall || !kind.endsWith(when)) return;
    stop();
    await (kind.startsWith('dies') ? NEVER : woken);
  };
  const through =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls++;
      await hit('before');
      const result = await call(...args);
      await hit('after');
      return result;
    };
  const { recordClaims, answers } = ports;
  const mine: StreamPorts = {
    ...ports,
    recordClaims: {
      take: through(recordClaims.take),
      finish: through(recordClaims.finish),
      giveUp: through(recordClaims.giveUp),
    },
    answers: {
      stage: through(answers.stage),
      stageDead: through(answers.stageDead),
      publish: through(answers.publish),
    },
  };
  return { ports: mine, stopped };
}

async function rowsIn(world: typeof base, entry: AnswersEntry): Promise<readonly unknown[]> {
  const text = new TextDecoder().decode(await world.part(entry));
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

it('every record comes to one visible outcome, whoever dies, sleeps and wakes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(worker, { minLength: 1, maxLength: 3 }), async (workers) => {
      let nowMs = 1_700_000_000_000;
      const clock = { ...base.ports.clock, wallMs: () => nowMs };
      const { predictors } = base.ports;
      const world = await newStreamWorld({ recordClaims: memoryRecordClaims(), clock, predictors });
      const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
      const working = workers.map(({ records: some, fault }) => {
        const { ports, stopped } = faulty(world.ports, fault, woken);
        const work = world
          .answer(
            some.map((n) => records[n] as StreamRecord),
            undefined,
            ports,
          )
          .then(() => {});
        return { work, stopped, sleeps: fault.kind.startsWith('sleeps') };
      });
      await Promise.all(working.map(({ work, stopped }) => Promise.race([work, stopped])));

      for (let deliveries = 0; ; deliveries++) {
        nowMs += 120_000;
        if (!(await world.answer(records)).some(comesAgain)) break;
        expect(deliveries).toBeLessThan(12);
      }
      wake();
      await Promise.all(working.filter(({ sleeps }) => sleeps).map(({ work }) => work));
      expect((await world.answer(records)).map(({ state }) => state)).toEqual(records.map(() => 'repeated'));

      const entries = await world.entries();
      const dead = await world.deadLetters();
      const answered = entries.flatMap((entry) => entry.records.map(({ source }) => source));
      expect([...answered, ...dead.map(({ source }) => source)].sort()).toEqual(
        records.map(({ sourceId }) => sourceId),
      );
      expect(dead.map(({ source }) => source)).toEqual([`r${BAD}`]);
      const rows = (await Promise.all(entries.map((entry) => rowsIn(world, entry)))).flat();
      const ids = records.flatMap((_, n) => (n === BAD ? [] : [n, n + 10])).sort((a, b) => a - b);
      const found = (rows as { id: number; prediction: unknown }[]).map(({ id, prediction }) => ({ id, prediction }));
      expect(found.toSorted((a, b) => a.id - b.id)).toEqual(ids.map((id) => ({ id, prediction: expected(id) })));
    }),
    { numRuns: 60 },
  );
}, 60_000);
