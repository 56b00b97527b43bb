import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { LockstepError } from '#core/errors.ts';
import { deadLettersOf, type InferenceManifest } from '#core/inference/manifest.ts';
import type { SentJob } from '#core/inference/sent-job.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { openCommitted } from '#flows/inference/read-committed.ts';
import type { Change } from '#formats/job/document.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { inCloudOf } from '../cloud/reach.ts';
import { inferJobIn } from '../job/load-job.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import type { Summary } from '../output/summary.ts';
import { type KeptJob, keptJob, replayDocument } from '../run/kept-job.ts';
import { theRun } from '../run/known-runs.ts';
import { localModel } from '../run/local-inputs.ts';
import { checkPythonPlace } from '../run/python-place.ts';
import { type CommittedManifest, committedManifest } from './committed-manifest.ts';
import type { CommandContext } from './context.ts';
import { inferIn, keepInference, startIn } from './infer.ts';
import { withCloud } from './open-job.ts';

export interface ReplayFlags {
  /** What predicts in place of what the job names. */
  readonly model?: string;
  /** `key=value`, laid over the job. */
  readonly set?: readonly string[];
}

/**
 * `lockstep replay RUN`: a run of its own over nothing but the rows that a committed run has set aside, each once, by the job of
 * that run or what is said in its place. Its manifest names the run. LS_RUN_INCOMPLETE if that committed nothing, LS_DATA_EMPTY
 * if it set nothing aside, LS_ARROW_CORRUPT if that is not what its manifest lists.
 */
export async function replay(word: string, flags: ReplayFlags, context: CommandContext): Promise<Summary> {
  const runId = await theRun(word, context);
  const committed = await committedManifest(runId, context);
  const input = await deadLetterPlaces(runId, committed);
  const loaded = await replayedJob(runId, { input, flags }, context);
  checkPythonPlace(loaded.job, context.choice);
  localModel(loaded);
  const replayOf = { runId, manifestUri: committed.manifestUri };
  return await withCloud(loaded.job, context, async (cloud) => {
    const started = await startIn(cloud, loaded, context, replayOf);
    context.screen.say(`inference run ${started.runId}, which replays ${runId}`);
    return keepInference(await inferIn(cloud, started, context));
  });
}

/** Where the dead letters lie, once each of them is known to be what the manifest lists. */
async function deadLetterPlaces(runId: string, { manifest, objects }: CommittedManifest): Promise<readonly string[]> {
  const files = deadLettersOf(manifest);
  if (files.length === 0) {
    throw new LockstepError('LS_DATA_EMPTY', `${runId} has set no rows aside${lost(manifest)}`, {
      remedy: 'There is nothing to replay.',
    });
  }
  for (const file of files) {
    for await (const _batch of openCommitted({ objects, parquet: workerDecoder() }, { parts: [file] }));
  }
  return files.map(({ uri }) => (uri.startsWith('file:') ? fileURLToPath(uri) : uri));
}

const lost = ({ failed }: InferenceManifest): string =>
  failed === undefined ? '' : `; ${failed.nulled} were kept without a prediction, ${failed.dropped} left out`;

interface Replaying {
  readonly input: readonly string[];
  readonly flags: ReplayFlags;
}

async function replayedJob(
  runId: string,
  { input, flags: { model, set = [] } }: Replaying,
  context: CommandContext,
): Promise<LoadedInfer> {
  const { file, job } = keptJob(context.home, runId) ?? (await cloudJob(runId, context));
  const changes: (string | Change)[] = [...set];
  if (model !== undefined) {
    const path = model.includes(':') ? model : resolve(model);
    changes.unshift((document) => void document.set('model', path));
  }
  return inferJobIn(replayDocument(job, input), file, { set: changes });
}

/** The job of a run that this machine has not started. Its model is where the run had it. */
const cloudJob = (runId: string, context: CommandContext): Promise<KeptJob> =>
  inCloudOf(runId, context, async ({ objects, bucket }) => {
    const stored = await readJsonIfAny<SentJob>(objects, runObjects({ bucket, runId }).job);
    if (stored === undefined) return undefined;
    const { skipped: _, sent: __, replayOf: ___, ...job } = stored.value;
    return { file: join(context.home.runs, runId, 'job.yaml'), job };
  });
