import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { leftOutLines } from '#core/inference/folder.ts';
import { outputsText } from '#core/inference/onnx-fields.ts';
import type { InferencePlan, OnnxPrediction, ProgramPrediction } from '#core/inference/plan.ts';
import { fieldText } from '#core/inference/prediction.ts';
import type { NullPolicy } from '#core/job/job.ts';
import { isRemote, publishedName } from '#core/job/remote.ts';
import { sharedObjects } from '#core/objects/addresses.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import { openStack } from '../cloud/choose.ts';
import type { Home } from '../home.ts';
import { loadJob } from '../job/load-job.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import { readyModel, requireKept } from '../models/ready-model.ts';
import { showBytes } from '../output/bytes.ts';
import { counted } from '../output/counted.ts';
import { localInputs, shippedModel } from '../run/local-inputs.ts';
import { planObjects } from '../run/plan-objects.ts';
import { checkPythonPlace } from '../run/python-place.ts';
import type { CommandContext } from './context.ts';
import { type Planned, planTraining } from './plan-training.ts';

/** `lockstep plan JOB.yaml`: what the job would do. Nothing is started, uploaded or written. */
export async function plan(file: string, context: CommandContext): Promise<Planned> {
  const loaded = loadJob(file);
  if (loaded.kind === 'train') return await planTraining(loaded, context);
  if (loaded.kind === 'infer') return await planInference(loaded, context);
  // Its model does not exist before the training has published it, so only the training can be planned.
  return await planTraining(loaded.train, context);
}

const RUN_ID = 'plan';
const BUCKET = 'plan';

async function planInference(loaded: LoadedInfer, context: CommandContext): Promise<Planned> {
  const { choice, home } = context;
  const cloud = choice.stack === undefined ? undefined : openStack(choice);
  checkPythonPlace(loaded.job, choice);
  const shipped = await shippedModel(loaded);
  const objects = planObjects(cloud?.objects);
  const local = localInputs(loaded);
  const input = [...local.files, ...loaded.job.input.filter(isRemote)];
  const jobUri = `s3://${BUCKET}/job.json`;
  // A module runs as it is bundled, not as its file is; it is called like its file.
  const model = loaded.job.predict.kind === 'module' ? shipped?.name : undefined;
  if (model !== undefined && shipped) await objects.put(model, shipped.bytes);
  await objects.put(
    jobUri,
    jsonBytes({ ...loaded.job, input, skipped: local.skipped, ...(model !== undefined && { model }) }),
  );
  const name = publishedName(loaded.job.model);
  if (cloud !== undefined) await readyModel(cloud, loaded.job.model, context);
  else if (name !== undefined) await objects.put(sharedObjects(BUCKET).published(name), keptPointer(home, name));
  const predictors = predictorsOf(modelFiles(objects));
  try {
    const ports = { objects, parquet: workerDecoder(), bucket: cloud?.bucket ?? BUCKET, predictors };
    const { plan } = await planRun(ports, { runId: RUN_ID, jobUri });
    const { skipped } = plan;
    const lines = [...planLines(plan), ...leftOutLines(skipped)];
    return { object: { kind: 'infer', ...planFigures(plan), skipped }, lines };
  } finally {
    await predictors.close();
  }
}

/** The pointer to a model that this machine keeps, with the path of its file in place of an object's address. */
function keptPointer(home: Home, name: string): Uint8Array {
  const { pointer, file } = requireKept(home, name);
  return jsonBytes({ ...pointer, model: { ...pointer.model, uri: file } });
}

const planFigures = ({ prediction, inputs, partitions }: InferencePlan) => ({
  prediction,
  inputs: inputs.map(({ uri, sizeBytes, format }) => ({ uri, sizeBytes, format })),
  partitions: partitions.map(({ sizeBytes, slices }) => ({
    sizeBytes,
    batches: slices.reduce((sum, { blocks }) => sum + blocks.length, 0),
  })),
});

const TAIL = { pad: 'padded', refuse: 'refused where they do not fill one' } as const;

const bindingLines = ({ bindings }: OnnxPrediction): readonly string[] =>
  bindings.map(({ input, element, dims, columns, nulls }) => {
    const from = columns.map((name, i) => `${name}${nullText(nulls?.[i])}`);
    return `  ${input}: ${element}[${['N', ...dims].join(', ')}] from ${from.join(', ')}`;
  });

function nullText(policy: NullPolicy = 'error'): string {
  if (policy === 'error') return '';
  return ` (null is ${typeof policy === 'string' ? 'NaN' : JSON.stringify(policy.value)})`;
}

const CALLED = { onnx: 'model', module: 'module', python: 'program' } as const;

const programLines = (prediction: ProgramPrediction): readonly string[] => [
  ...(prediction.kind === 'python' ? [`  run by ${prediction.python}`] : []),
  `  given the columns ${prediction.columns.join(', ')}`,
];

const outputLines = ({ outputs, exact }: OnnxPrediction): readonly string[] => [
  `  outputs: ${outputsText(outputs)}`,
  ...(exact ? [`  exactly ${exact.rows} rows a call, the last rows of a record batch ${TAIL[exact.tail]}`] : []),
];

function planLines(plan: InferencePlan): readonly string[] {
  const { prediction, inputs, partitions } = planFigures(plan);
  const { kind, model, fields } = prediction;
  return [
    `${CALLED[kind]} ${model.uri}, ${showBytes(model.sizeBytes)}`,
    ...(kind === 'onnx' ? bindingLines(prediction) : programLines(prediction)),
    `  ${plan.job.predict.as}: ${fields.map(fieldText).join(', ')}`,
    ...(kind === 'onnx' ? outputLines(prediction) : []),
    `${counted(inputs.length, 'input')}, ${showBytes(inputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))}`,
    `${counted(partitions.length, 'partition')}, the largest first:`,
    ...partitions.map(
      ({ sizeBytes, batches }, i) =>
        `  ${i}: ${batches} record batch${batches === 1 ? '' : 'es'}, ${showBytes(sizeBytes)}`,
    ),
  ];
}
