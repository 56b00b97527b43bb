import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { type LeftOut, leftOut } from '#core/inference/folder.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import type { SentFiles, SentJob } from '#core/inference/sent-job.ts';
import { isRemote, publishedName } from '#core/job/remote.ts';
import { sharedObjects } from '#core/objects/addresses.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import { openStack } from '../cloud/choose.ts';
import type { CommandContext } from '../commands/context.ts';
import type { Home } from '../home.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import { readyModel, requireKept } from '../models/ready-model.ts';
import { localInputs, shippedModel } from './local-inputs.ts';
import { planObjects } from './plan-objects.ts';
import { checkPythonPlace } from './python-place.ts';

const RUN_ID = 'plan';
const BUCKET = 'plan';

/** What a plan reads. */
interface Places {
  readonly input: readonly string[];
  readonly skipped: LeftOut;
  readonly sent?: SentFiles;
}

/** The plan of a job over files of this machine and objects, which leaves nothing behind. */
export const planFiles = (loaded: LoadedInfer, context: CommandContext): Promise<InferencePlan> => {
  const { files, below, skipped } = localInputs(loaded);
  const sent = { inputs: files, below: files.map((file) => below.get(file) ?? null) };
  return planOver({ input: [...files, ...loaded.job.input.filter(isRemote)], skipped, sent }, loaded, context);
};

/** The plan that a job with a query has over a file with some of the rows. */
export const planSample = (file: string, loaded: LoadedInfer, context: CommandContext): Promise<InferencePlan> => {
  const { sql: _, ...job } = loaded.job;
  return planOver({ input: [file], skipped: leftOut([]) }, { ...loaded, job }, context);
};

async function planOver(
  places: Places,
  loaded: LoadedInfer,
  { choice, home, interrupt }: CommandContext,
): Promise<InferencePlan> {
  const cloud = choice.stack === undefined ? undefined : openStack(choice);
  checkPythonPlace(loaded.job, choice);
  const shipped = await shippedModel(loaded);
  const objects = planObjects(cloud?.objects);
  const jobUri = `s3://${BUCKET}/job.json`;
  // A module runs as it is bundled, not as its file is; it is called like its file.
  const model = loaded.job.predict.kind === 'module' ? shipped?.name : undefined;
  if (model !== undefined && shipped) await objects.put(model, shipped.bytes);
  const job: SentJob = { ...loaded.job, ...places, ...(model !== undefined && { model }) };
  await objects.put(jobUri, jsonBytes(job));
  const name = publishedName(loaded.job.model);
  if (cloud !== undefined) await readyModel(cloud, loaded.job.model, { home, interrupt });
  else if (name !== undefined) await objects.put(sharedObjects(BUCKET).published(name), keptPointer(home, name));
  const predictors = predictorsOf(modelFiles(objects));
  try {
    const ports = { objects, parquet: workerDecoder(), bucket: cloud?.bucket ?? BUCKET, predictors };
    return (await planRun(ports, { runId: RUN_ID, jobUri })).plan;
  } finally {
    await predictors.close();
  }
}

/** The pointer to a model that this machine keeps, with the path of its file in place of an object's address. */
function keptPointer(home: Home, name: string): Uint8Array {
  const { pointer, file } = requireKept(home, name);
  return jsonBytes({ ...pointer, model: { ...pointer.model, uri: file } });
}
