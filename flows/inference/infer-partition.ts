import type { RecordBatch, Schema } from 'apache-arrow';
import { invariant, LockstepError } from '#core/errors.ts';
import type { TaskFailures, TaskManifest } from '#core/inference/manifest.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import { rowsOfRun, rowsTogether } from '#core/inference/planned-rows.ts';
import type { Predictor } from '#core/inference/ports.ts';
import { sourcesOf } from '#core/inference/task-commit.ts';
import { keepsRows } from '#core/job/row-policy.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock } from '#core/system/ports.ts';
import { outputShape } from '#formats/arrow/write/prediction.ts';
import { openTable, type TablePorts } from '#formats/table/formats.ts';
import { writeDeadLetters } from './dead-letters.ts';
import { lostRows } from './lost-rows.ts';
import { beginPart, type PartOutput, type PartPorts } from './part-output.ts';
import { predictRows } from './predict-rows.ts';
import { FailedRows } from './set-aside.ts';
import { batchesOf, usedColumns } from './slices.ts';
import { type Stages, stages } from './stages.ts';
import type { PartitionMemory } from './task-memory.ts';

export interface PartitionAttempt {
  readonly plan: InferencePlan;
  readonly partition: number;
  /** Unique to this attempt: no other ever writes to its part's key. */
  readonly attemptId: string;
  readonly predictor: Predictor<RecordBatch>;
  readonly memory: PartitionMemory;
  /** Milliseconds that are left for this attempt. */
  readonly remainingMs: () => number;
}

export interface InferPorts {
  readonly objects: Objects;
  readonly parquet: TablePorts['parquet'];
  readonly parquetFile: PartPorts['parquetFile'];
  readonly bucket: string;
  readonly clock: Clock;
}

/** What is kept back to write the part and to say that there was not enough time. */
const RESERVE_MS = 10_000;

/**
 * Predicts one partition and writes its part: record batches are read ahead, decoded in place, run and written in their
 * order. Returns the manifest that would commit it; nothing is visible yet. LS_PARTITION_TIMEOUT, LS_PARQUET_UNWRITABLE, and
 * whatever reading, decoding and predicting can say.
 */
export async function inferPartition(ports: InferPorts, attempt: PartitionAttempt): Promise<TaskManifest> {
  const { plan, partition, attemptId } = attempt;
  const watch = stages(ports.clock);
  const tables = { objects: watch.reading(ports.objects), parquet: ports.parquet };
  const provenance = provenanceOf(attempt);
  const first = plan.inputs[plan.partitions[partition]?.slices[0]?.input ?? 0];
  invariant(first, `the plan of ${plan.runId} has no inputs`);
  const { schema } = await openTable(tables, first, usedColumns(plan));
  const { outputFields: fields } = attempt.predictor;
  const { columns, job } = plan;
  const mayLack = keepsRows(job.onError);
  const output = outputShape(schema, { columns, as: job.predict.as, fields, mayLack, provenance });

  const part = partOf(ports, { attempt, schema: output.schema, watch });
  try {
    const failed = new FailedRows(job.onError, rowsOfRun(plan));
    let rowsIn = 0;
    const batches = batchesOf(tables, { plan, partition, memory: attempt.memory.read, watch });
    const predicting = { predictor: attempt.predictor, watch, onError: job.onError, rowsTogether: rowsTogether(plan) };
    const lost = plan.partitions[partition]?.lost;
    const answers = lost ? lostRows(batches, { lost, onError: job.onError }) : predictRows(batches, predicting);
    for await (const rows of answers) {
      const { batch, release } = rows;
      rowsIn += batch.numRows;
      if ('predictions' in rows) await part.write(output.withPredictions(batch, rows.predictions));
      else if (failed.add(rows.bad, batch.numRows) === 'null') await part.write(output.withoutPredictions(batch));
      release();
      checkTime(attempt);
    }
    const failures = await setAside(ports, attempt, { failed, provenance });
    const written = await part.finish();
    const base = { version: 1, runId: plan.runId, partition, attemptId, sources: sourcesOf(plan, partition) } as const;
    const withFailures = failures && { failed: failures };
    return { ...base, part: written, rowsIn, ...withFailures, stageMs: watch.totals(), provenance };
  } catch (error) {
    await part.abandon(error);
    throw error;
  }
}

/** Writes the dead letters; undefined where every row has its prediction. */
async function setAside(
  { objects, parquet, bucket }: InferPorts,
  { plan, partition, attemptId }: PartitionAttempt,
  { failed, provenance }: { readonly failed: FailedRows; readonly provenance: Readonly<Record<string, string>> },
): Promise<TaskFailures | undefined> {
  const { counts, dead } = failed;
  if (counts === undefined) return undefined;
  const aside = { plan, partition, attemptId, dead, provenance };
  return { ...counts, deadLetters: await writeDeadLetters({ objects, parquet, bucket }, aside) };
}

function partOf(
  ports: InferPorts,
  { attempt, schema, watch }: { readonly attempt: PartitionAttempt; readonly schema: Schema; readonly watch: Stages },
): PartOutput {
  const { plan, partition, attemptId, memory } = attempt;
  const { format = 'arrow' } = plan.job.output;
  const uri = runObjects({ bucket: ports.bucket, runId: plan.runId }).part(partition, attemptId, format);
  return beginPart(ports, { uri, partition, schema, format, buffer: memory.part }, watch);
}

/** Stops while there is time to say so: an attempt that is cut off by the service leaves no reason behind. */
function checkTime({ remainingMs, plan, partition }: PartitionAttempt): void {
  if (remainingMs() > RESERVE_MS) return;
  const what = `partition ${partition} of ${plan.runId} (${plan.partitions[partition]?.sizeBytes} bytes)`;
  throw new LockstepError('LS_PARTITION_TIMEOUT', `${what} was not done with ${RESERVE_MS / 1000} s left`);
}

const provenanceOf = ({ plan: { runId, prediction }, predictor }: PartitionAttempt): Record<string, string> => ({
  'lockstep.run': runId,
  'lockstep.model': prediction.model.uri,
  'lockstep.model.sha256': prediction.model.sha256,
  ...Object.fromEntries(Object.entries(predictor.versions).map(([name, version]) => [`lockstep.${name}`, version])),
});
