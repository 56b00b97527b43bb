import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryRecordClaims } from '#adapters/memory/memory-record-claims.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { PREDICTION_COLUMN, STREAM_BATCHING, STREAM_LIMITS } from '#core/job/defaults.ts';
import type { StreamJob } from '#core/job/job.ts';
import { streamObjects } from '#core/objects/addresses.ts';
import type { AnswersEntry } from '#core/stream/answers.ts';
import type { StreamDeadLetter } from '#core/stream/dead-letter.ts';
import type { JsonRow, Payload, StreamRecord } from '#core/stream/record.ts';
import type { Log } from '#core/system/ports.ts';
import { answerRecords } from '#flows/stream/answer-records.ts';
import { objectAnswers } from '#flows/stream/object-answers.ts';
import { objectPlans } from '#flows/stream/object-plans.ts';
import type { StreamPorts } from '#flows/stream/ports.ts';
import { BUCKET, MODEL_URI, toyModel } from '../inference/world.ts';

export const NAME = 'toy';

export const newStreamJob = (changes: Partial<StreamJob> = {}): StreamJob => ({
  kind: 'stream',
  name: NAME,
  model: MODEL_URI,
  columns: {},
  types: {},
  predict: { kind: 'onnx', kernel: 'argmax', softmax: false, as: PREDICTION_COLUMN },
  output: { keep: 'all' },
  batch: STREAM_BATCHING,
  limits: STREAM_LIMITS,
  ...changes,
});

export const newRecord = (
  id: string,
  payload: StreamRecord['payload'],
  more: Partial<StreamRecord> = {},
): StreamRecord => ({
  ...{ id, sourceId: id, receives: 1, arrivedMs: 0, whole: { id }, payload },
  ...more,
});

export const arrowOf = (bytes: Uint8Array): Payload => ({
  kind: 'arrow',
  base64: Buffer.from(bytes).toString('base64'),
});

/** Rows of JSON that the toy model takes: x0 is the id. */
export const jsonOf = (...ids: readonly number[]): Payload => ({
  kind: 'rows',
  rows: ids.map((id): JsonRow => ({ id, x: [id, id + 0.25, id + 0.5, id + 0.75] })),
});

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A stream with its model, everything in memory but the model's run. Close it. */
export async function newStreamWorld(changes: Partial<StreamPorts> = {}) {
  const objects = memoryObjects();
  const silent: Log = { info() {}, warn() {}, error() {} };
  await objects.put(MODEL_URI, toyModel());
  const base = { objects, clock: systemClock, ids: systemIds };
  const ports: StreamPorts = {
    ...{ ...base, parquet: workerDecoder(), predictors: predictorsOf(modelFiles(objects)) },
    ...{ recordClaims: memoryRecordClaims(), log: silent, plans: objectPlans(objects, BUCKET, NAME) },
    answers: objectAnswers({ ...base, bucket: BUCKET }, NAME),
    ...changes,
  };
  const at = streamObjects(BUCKET, NAME);
  const read = async <T>(prefix: string): Promise<T[]> => {
    const found: T[] = [];
    for await (const { uri } of objects.list(prefix)) found.push(JSON.parse(text((await objects.get(uri)).bytes)));
    return found;
  };
  return {
    objects,
    ports,
    close: () => ports.predictors.close(),
    answer: (records: readonly StreamRecord[], job = newStreamJob(), more: Partial<StreamPorts> = {}) =>
      answerRecords({ ...ports, ...more }, { job, processors: 1, claimMs: 60_000 }, records),
    entries: () => read<AnswersEntry>(at.answers),
    deadLetters: () => read<StreamDeadLetter>(at.dead),
    part: async (entry: AnswersEntry) => (await objects.get(entry.part.uri)).bytes,
  };
}
