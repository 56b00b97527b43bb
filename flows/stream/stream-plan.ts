import { createHash } from 'node:crypto';
import type { Field, Schema } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import { readColumns } from '#core/inference/plan.ts';
import { INFER_LIMITS, ROW_POLICY } from '#core/job/defaults.ts';
import type { InferJob, StreamJob } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { StreamPlan } from '#core/stream/plan.ts';
import { agreedColumns } from '#formats/table/agreed-columns.ts';
import { planPrediction } from '../inference/plan-prediction.ts';
import type { LocatedRecord } from './open-record.ts';
import type { StreamPorts } from './ports.ts';

/**
 * The plan for the shape of a record: found, or made by running what predicts on its rows. Errors as those of a plan of an
 * inference run; LS_DATA_EMPTY where the first record of a shape has no rows to decide by.
 */
export async function planFor(ports: StreamPorts, job: StreamJob, located: LocatedRecord): Promise<StreamPlan> {
  const { schema } = located;
  return await ports.plans.planOf(planKey(job, located), async () => {
    const { layout, uri } = located;
    if (layout.blocks.length === 0) throw new LockstepError('LS_DATA_EMPTY', `${uri} has no rows`);
    const { predictors, parquet } = ports;
    const objects = { ...ports.objects, get: located.objects.get } as Objects;
    const prediction = await planPrediction({ objects, parquet, predictors, bucket: '' }, asInference(job), {
      schema,
      layouts: [layout],
    });
    const use = { keep: keptOf(job, located), as: job.predict.as, reads: readColumns(prediction) };
    const columns = agreedColumns([{ uri, schema }], use);
    return { prediction, columns: located.form === 'json' ? [] : columns };
  });
}

/** A row of JSON keeps what it has of these, as it came, so that one without some of them is no mistake. */
function keptOf({ output: { keep } }: StreamJob, { form, schema }: LocatedRecord): 'all' | readonly string[] {
  if (form === 'arrow' || keep === 'all') return keep;
  return keep.filter((name) => schema.fields.some((field) => field.name === name));
}

/** What decides how rows are predicted: what the job says of it, and the columns. */
function planKey(
  { model, columns, predict, output: { keep }, limits }: StreamJob,
  { form, schema }: LocatedRecord,
): string {
  const { microBatchRows } = limits;
  const parts = [model, columns, predict, keep, microBatchRows, form, shapeOf(schema)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Columns of two records are alike if this is: names, types, and whether they may have nulls. */
export const shapeOf = ({ fields }: Schema): string => JSON.stringify(fields.map(fieldShape));

const fieldShape = ({ name, type, nullable, metadata }: Field): unknown => [
  ...[name, String(type), nullable, [...metadata]],
  (type.children ?? []).map((child: Field) => fieldShape(child)),
];

/** A stream as the inference job whose plan it needs. */
const asInference = ({ name, model, columns, predict, output, limits }: StreamJob): InferJob => ({
  ...{ kind: 'infer', name, model, input: [], columns, predict },
  output: { keep: output.keep },
  onError: ROW_POLICY,
  limits: { ...INFER_LIMITS, microBatchRows: limits.microBatchRows },
});
