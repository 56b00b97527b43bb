import { createHash } from 'node:crypto';
import { batches, type SizedRecord } from '#core/stream/batching.ts';
import { recordFailure } from '#core/stream/failure.ts';
import { Fates } from '#core/stream/fates.ts';
import type { StreamPlan } from '#core/stream/plan.ts';
import { FINISH_MAX } from '#core/stream/ports.ts';
import type { RecordFate, StreamRecord } from '#core/stream/record.ts';
import { locateRecord } from './open-record.ts';
import type { RunningStream, StreamPorts } from './ports.ts';
import { predictRecords, type RecordRows, readRows } from './predict-records.ts';
import { type Answered, type Claimed, type Settling, settleAnswers, settleBehind, settleFailure } from './settle.ts';
import { planFor, shapeOf } from './stream-plan.ts';

/** A record whose rows are there, and how they are predicted. */
interface ReadRecord extends SizedRecord {
  readonly claimed: Claimed;
  readonly plan: StreamPlan;
  readonly read: RecordRows;
}

/** The name of a record wherever it is stored: what it is may be long, and hold any character. */
export const recordKey = (record: Pick<StreamRecord, 'sourceId'>): string =>
  createHash('sha256').update(record.sourceId).digest('hex').slice(0, 32);

/**
 * Answers records that were delivered, each once, and says what became of each, in their order. May be called with the same
 * records any number of times, also at once and by others. What concerns a record is its fate; what is thrown concerns all.
 */
export async function answerRecords(
  ports: StreamPorts,
  stream: RunningStream,
  records: readonly StreamRecord[],
): Promise<readonly RecordFate[]> {
  // What was delivered twice at once is answered once, and both deliveries are done with it.
  const firsts = new Map<string, StreamRecord>();
  for (const record of records) if (!firsts.has(recordKey(record))) firsts.set(recordKey(record), record);
  const fates = new Fates([...firsts.values()]);
  const settling = { ports, stream, fates };
  const readable: ReadRecord[] = [];
  for (const claimed of await claim(settling, [...firsts])) {
    const read = await readOrSettle(settling, claimed);
    if (read !== undefined) readable.push(read);
  }
  const limits = { ...stream.job.batch, maxRecords: FINISH_MAX };
  for (const batch of batches(readable, limits)) {
    if (stream.hasTime?.() !== false) await answerBatch(settling, batch);
    else for (const { claimed } of batch) await settleBehind(settling, claimed);
  }
  return records.map((record) => fates.of(firsts.get(recordKey(record)) ?? record));
}

/** Takes what is free. What is finished is made visible, in case that nobody came to it. */
async function claim(
  settling: Settling,
  records: readonly (readonly [string, StreamRecord])[],
): Promise<readonly Claimed[]> {
  const { ports, stream, fates } = settling;
  const { recordClaims, answers, clock } = ports;
  const nowMs = clock.wallMs();
  const times = { nowMs, untilMs: nowMs + stream.claimMs };
  const taken = await Promise.all(records.map(async ([key]) => recordClaims.take(key, times)));
  const claimed: Claimed[] = [];
  for (const [at, [key, record]] of records.entries()) {
    const answer = taken[at] as (typeof taken)[number];
    if (answer.state === 'held') fates.end(record, { state: 'held' });
    else if (answer.state === 'finished') {
      await answers.publish(answer.outcome);
      fates.end(record, { state: 'repeated' });
    } else {
      const attempt = Math.max(answer.attempts, record.receives);
      claimed.push({ record, holding: { key, fence: answer.fence }, attempt });
    }
  }
  return claimed;
}

async function readOrSettle(settling: Settling, claimed: Claimed): Promise<ReadRecord | undefined> {
  const { ports, stream, fates } = settling;
  const { record } = claimed;
  if (fates.isBehind(record)) {
    await settleBehind(settling, claimed);
    return undefined;
  }
  try {
    const located = await locateRecord(ports, stream.job, record);
    const plan = await planFor(ports, stream.job, located);
    const read = await readRows(ports, located, plan);
    const shape = `${located.form} ${shapeOf(located.schema)}`;
    const { rows, sizeBytes } = read;
    return { claimed, plan, read, shape, rows, sizeBytes, group: record.group };
  } catch (error) {
    await settleFailure(settling, claimed, recordFailure(error));
    return undefined;
  }
}

async function answerBatch(settling: Settling, batch: readonly ReadRecord[]): Promise<void> {
  const { ports, stream, fates } = settling;
  const [first] = batch;
  if (first === undefined) return;
  const open: ReadRecord[] = [];
  for (const one of batch) {
    if (fates.isBehind(one.claimed.record)) await settleBehind(settling, one.claimed);
    else open.push(one);
  }
  const predicted = await predictRecords(ports, stream, { plan: first.plan, records: open.map(({ read }) => read) });
  const answered: Answered[] = [];
  for (const [at, result] of predicted.entries()) {
    const { claimed } = open[at] as ReadRecord;
    if ('failure' in result) await settleFailure(settling, claimed, result.failure);
    else answered.push({ claimed, answer: result.answer });
  }
  await settleAnswers(settling, answered);
}
