import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { Predictor } from '#core/inference/ports.ts';
import { isOfRecord, recordFailure } from '#core/stream/failure.ts';
import { columnsRead, type StreamPlan } from '#core/stream/plan.ts';
import type { RecordFailure, StreamRecord } from '#core/stream/record.ts';
import { type OutputShape, outputShape } from '#formats/arrow/write/prediction.ts';
import { answerRows } from '#formats/stream/answer-rows.ts';
import { joinBatches } from '#formats/stream/join-batches.ts';
import { type LocatedRecord, rowsOf } from './open-record.ts';
import type { RecordAnswer, RunningStream, StreamPorts } from './ports.ts';

/** A record and its rows. */
export interface RecordRows {
  readonly located: LocatedRecord;
  readonly batches: readonly RecordBatch[];
  readonly rows: number;
  /** Decoded. */
  readonly sizeBytes: number;
}

/** What came of records, in their order. */
export type Predicted =
  | { readonly record: StreamRecord; readonly answer: RecordAnswer }
  | { readonly record: StreamRecord; readonly failure: RecordFailure };

interface Working {
  readonly predictor: Predictor<RecordBatch>;
  readonly plan: StreamPlan;
  readonly shape: OutputShape;
  readonly as: string;
  readonly keep: 'all' | readonly string[];
}

/** The rows of a record, as its plan reads them. */
export async function readRows(ports: StreamPorts, located: LocatedRecord, plan: StreamPlan): Promise<RecordRows> {
  const batches = await rowsOf(ports, located, columnsRead(plan));
  const rows = batches.reduce((sum, { numRows }) => sum + numRows, 0);
  if (rows === 0) throw new LockstepError('LS_DATA_EMPTY', `${located.uri} has no rows`);
  const sizeBytes = batches.reduce((sum, { data }) => sum + data.byteLength, 0);
  return { located, batches, rows, sizeBytes };
}

/**
 * Predicts records of one shape together, and gives each its own answer. Where the rows of one make that fail, it is found by
 * halving: the others get theirs.
 */
export async function predictRecords(
  ports: StreamPorts,
  { job, processors }: RunningStream,
  { plan, records }: { readonly plan: StreamPlan; readonly records: readonly RecordRows[] },
): Promise<readonly Predicted[]> {
  const [first] = records;
  if (first === undefined) return [];
  const sizeBytes = records.reduce((sum, each) => sum + each.sizeBytes, 0);
  try {
    const predictor = await ports.predictors.open(plan.prediction, { processors, sizeBytes });
    const { as } = job.predict;
    const { keep } = job.output;
    const output = {
      columns: plan.columns,
      as,
      fields: predictor.outputFields,
      provenance: provenanceOf(plan, predictor),
    };
    const shape = outputShape(first.located.schema, output);
    return await halving(records, (some) => predictTogether(some, { predictor, plan, shape, as, keep }));
  } catch (error) {
    const failure = recordFailure(error);
    return records.map(({ located }) => ({ record: located.record, failure }));
  }
}

/** Tries all, and where that fails by what is in them each half, down to the one. */
async function halving(
  records: readonly RecordRows[],
  attempt: (some: readonly RecordRows[]) => Promise<readonly Predicted[]>,
): Promise<readonly Predicted[]> {
  try {
    return await attempt(records);
  } catch (error) {
    const failure = recordFailure(error);
    if (records.length === 1 || !isOfRecord(failure)) {
      return records.map(({ located }) => ({ record: located.record, failure: inRecord(failure, located) }));
    }
    const half = records.length >> 1;
    return [...(await halving(records.slice(0, half), attempt)), ...(await halving(records.slice(half), attempt))];
  }
}

/** Predictors do not know where their rows come from. */
const inRecord = (failure: RecordFailure, { uri }: LocatedRecord): RecordFailure =>
  failure.message.includes(uri) ? failure : { ...failure, message: `${uri}: ${failure.message}` };

async function predictTogether(records: readonly RecordRows[], working: Working): Promise<readonly Predicted[]> {
  const rows = records.reduce((sum, each) => sum + each.rows, 0);
  const predictions = new Rows(await predictionsOf(together(records, working.plan), working.predictor, rows));
  return records.map((each) => ({ record: each.located.record, answer: answerOf(each, predictions, working) }));
}

/** As few calls of the model as its columns allow. A model that is given exact calls gets each record by itself. */
function together(records: readonly RecordRows[], { prediction }: StreamPlan): readonly RecordBatch[] {
  const all = records.flatMap(({ batches }) => batches);
  if (prediction.kind === 'onnx' && prediction.exact !== undefined) return all;
  const joined = joinBatches(all);
  return joined === undefined ? all : [joined];
}

/** One row of predictions for each row. LS_PREDICTION_MISCOUNTED where there are more or fewer. */
async function predictionsOf(
  batches: readonly RecordBatch[],
  predictor: Predictor<RecordBatch>,
  rows: number,
): Promise<readonly RecordBatch[]> {
  const given: RecordBatch[] = [];
  let count = 0;
  for await (const batch of predictor.predict(inTurn(batches), UNTIMED)) {
    given.push(batch);
    count += batch.numRows;
  }
  if (count === rows) return given;
  throw new LockstepError(
    'LS_PREDICTION_MISCOUNTED',
    `the predictor returned ${count} rows for the ${rows} that it was given`,
  );
}

async function* inTurn(batches: readonly RecordBatch[]): AsyncGenerator<RecordBatch, void, void> {
  yield* batches;
}

const UNTIMED = {
  time: <T>(_: string, work: () => T): T => work(),
  timeAsync: <T>(_: string, work: () => Promise<T>): Promise<T> => work(),
};

/** Batches behind each other, of which rows are taken from the front. */
class Rows {
  readonly #batches: RecordBatch[];
  #taken = 0;

  constructor(batches: readonly RecordBatch[]) {
    this.#batches = batches.filter(({ numRows }) => numRows > 0);
  }

  /** At most so many rows, as many as one batch has of them. */
  take(most: number): RecordBatch {
    const first = this.#batches[0] as RecordBatch;
    const rows = Math.min(most, first.numRows - this.#taken);
    const part = rows === first.numRows ? first : first.slice(this.#taken, this.#taken + rows);
    this.#taken += rows;
    if (this.#taken === first.numRows) {
      this.#batches.shift();
      this.#taken = 0;
    }
    return part;
  }
}

function answerOf(
  { located, batches, rows }: RecordRows,
  predictions: Rows,
  { shape, as, keep }: Working,
): RecordAnswer {
  const { record, form, jsonRows } = located;
  const answered: RecordBatch[] = [];
  const json: ReturnType<typeof answerRows>[number][] = [];
  let row = 0;
  for (const batch of batches) {
    for (let from = 0; from < batch.numRows; ) {
      const predicted = predictions.take(batch.numRows - from);
      const count = predicted.numRows;
      if (form === 'json') json.push(...answerRows(jsonRows.slice(row, row + count), predicted, { as, keep }));
      else answered.push(shape.withPredictions(batch.slice(from, from + count), predicted));
      from += count;
      row += count;
    }
  }
  return { record, rows, content: form === 'json' ? { form, rows: json } : { form, batches: answered } };
}

const provenanceOf = ({ prediction }: StreamPlan, { versions }: Predictor<RecordBatch>): Record<string, string> => ({
  'lockstep.model': prediction.model.uri,
  'lockstep.model.sha256': prediction.model.sha256,
  ...Object.fromEntries(Object.entries(versions).map(([name, version]) => [`lockstep.${name}`, version])),
});
