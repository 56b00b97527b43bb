import type { RecordBatch, Schema } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import { exactBatches } from '#core/inference/batching.ts';
import { bindColumns } from '#core/inference/bind.ts';
import { decideFields } from '#core/inference/decide-fields.ts';
import type { TableLayout } from '#core/inference/layout.ts';
import { withNulls } from '#core/inference/nulls.ts';
import { predictionFields } from '#core/inference/onnx-fields.ts';
import type { OnnxPrediction, PlannedPrediction, ProgramPrediction, UnplannedProgram } from '#core/inference/plan.ts';
import type { Predictors } from '#core/inference/ports.ts';
import type { InferJob, ModulePredict, OnnxPredict, PythonPredict } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { ObjectRef } from '#core/objects/records.ts';
import { columnShapes } from '#formats/table/column-shapes.ts';
import type { TablePorts } from '#formats/table/formats.ts';
import { programFields } from './program-fields.ts';
import { resolveModel } from './resolve-model.ts';
import { sampleModel } from './sample-model.ts';
import { batchesWithRows, sampleRows } from './sample-rows.ts';

export interface PredictionPorts {
  readonly objects: Objects;
  readonly parquet: TablePorts['parquet'];
  readonly bucket: string;
  readonly predictors: Pick<Predictors<RecordBatch>, 'describe' | 'sample' | 'fieldsOf'>;
}

/** What there is to predict. */
export interface InputTables {
  /** Of the first of them. */
  readonly schema: Schema;
  readonly layouts: readonly TableLayout[];
}

/** Decides how the rows of a job are predicted, by running what predicts on some of them. Errors as `planRun`. */
export async function planPrediction(
  ports: PredictionPorts,
  job: InferJob,
  tables: InputTables,
): Promise<PlannedPrediction> {
  const model = await resolveModel(ports.objects, ports.bucket, job.model);
  const { predict } = job;
  return predict.kind === 'onnx'
    ? await planOnnx(ports, { job, predict, model }, tables)
    : await planProgram(ports, { job, predict, model }, tables);
}

interface OnnxJob {
  readonly job: InferJob;
  readonly predict: OnnxPredict;
  readonly model: ObjectRef;
}

async function planOnnx(
  ports: PredictionPorts,
  { job: { columns, nulls, limits }, predict, model }: OnnxJob,
  { schema, layouts }: InputTables,
): Promise<OnnxPrediction> {
  const { predictors } = ports;
  const signature = await predictors.describe(model);
  const bindings = withNulls(bindColumns(signature, columnShapes(schema), columns), nulls);
  const exact = exactBatches(signature, predict);
  const rows = await sampleRows(ports, layouts, bindings);
  const isVouched = predict.batchRows !== undefined;
  const sample = await sampleModel(predictors, { model, bindings, rows, exact, isVouched });
  const outputs = decideFields({ model: signature, predict, sample });
  const { microBatchRows } = limits;
  const fields = predictionFields(outputs);
  return { kind: 'onnx', model, bindings, outputs, ...(exact && { exact }), microBatchRows, fields };
}

interface ProgramJob {
  readonly job: InferJob;
  readonly predict: ModulePredict | PythonPredict;
  readonly model: ObjectRef;
}

/** The program is given every column, and says by what it returns for the first rows which fields there are. */
async function planProgram(
  ports: PredictionPorts,
  { job, predict, model }: ProgramJob,
  { schema, layouts }: InputTables,
): Promise<ProgramPrediction> {
  const columns = schema.fields.map(({ name }) => name);
  const of = { model, columns, timeoutS: predict.timeoutS };
  const program: UnplannedProgram =
    predict.kind === 'module' ? { kind: 'module', ...of } : { kind: 'python', ...of, python: predict.python };
  const batches = batchesWithRows(ports, layouts, columns);
  const fields = await programFields(ports.predictors, { program, batches, onError: job.onError });
  if (fields) return { ...program, fields };
  const message =
    'a program says by what it returns for some rows which fields a prediction has, and the input has none';
  throw new LockstepError('LS_DATA_EMPTY', message, { remedy: 'Add an object that has rows to `input`.' });
}
