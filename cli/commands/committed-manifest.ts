import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LockstepError } from '#core/errors.ts';
import type { InferenceManifest } from '#core/inference/manifest.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';
import { isManifest } from '#core/inference/verify.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { inCloudOf } from '../cloud/reach.ts';
import type { Home } from '../home.ts';
import { readBegun } from '../run/begun-run.ts';
import { keptObjects } from '../run/kept-objects.ts';
import type { CommandContext } from './context.ts';
import { keptResult } from './kept-run.ts';

/** The manifest of a committed inference run, and where its parts lie. */
export interface CommittedManifest {
  readonly manifest: InferenceManifest;
  /** Where it lies itself. */
  readonly manifestUri: string;
  readonly objects: ReadObjects;
}

/**
 * What a run has left on this machine, else what a cloud that is up has of it. LS_RUN_INCOMPLETE if it committed nothing,
 * LS_RUN_NOT_FOUND, LS_DATA_UNREADABLE for a manifest that says too little.
 */
export async function committedManifest(runId: string, context: CommandContext): Promise<CommittedManifest> {
  const found = (await keptManifest(runId, context)) ?? (await cloudManifest(runId, context));
  const { manifest, ...where } = found;
  if (isManifest(manifest)) return { manifest, ...where };
  const what = 'its _SUCCESS.json does not say which batches each part stands for';
  throw new LockstepError('LS_DATA_UNREADABLE', `${runId}: ${what}`, {
    remedy: 'It is damaged, or of a version that could not be verified yet: infer again to have a run that can.',
  });
}

interface Found {
  /** Whatever lies there: nobody has looked at it yet. */
  readonly manifest: unknown;
  readonly manifestUri: string;
  readonly objects: ReadObjects;
}

/** What the run left on this machine, if it did. */
async function keptManifest(runId: string, { home }: CommandContext): Promise<Found | undefined> {
  const path = join(home.runs, runId, '_SUCCESS.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return noManifest(runId, home);
  try {
    return { manifest: JSON.parse(text), manifestUri: pathToFileURL(path).href, objects: keptObjects };
  } catch (cause) {
    throw new LockstepError('LS_DATA_UNREADABLE', `${path}: expected JSON`, { cause });
  }
}

/** Nothing for a run that may be in a cloud; the error that says why where it is known here that there is none. */
function noManifest(runId: string, home: Home): undefined {
  const kind = readBegun(join(home.runs, runId))?.kind;
  const result = keptResult(home, runId);
  if (kind === 'train') throw noInference(runId, undefined);
  if (kind === 'pipeline') throw noInference(runId, result?.runs?.[1]);
  if (result !== undefined && !result.ok) throw incomplete(runId, `it ended with ${result.code}`);
}

function noInference(runId: string, inference: string | undefined): LockstepError {
  const what = inference === undefined ? 'a training, which predicts nothing' : 'the training of a pipeline';
  const remedy =
    inference === undefined
      ? `\`lockstep report ${runId}\` has what it left; \`lockstep status --kind infer\` lists the runs with predictions.`
      : `Its inference is ${inference}.`;
  return new LockstepError('LS_USAGE', `${runId} is ${what}`, { remedy });
}

const incomplete = (runId: string, why: string): LockstepError =>
  new LockstepError('LS_RUN_INCOMPLETE', `${runId} has committed nothing: ${why}`);

const cloudManifest = (runId: string, context: CommandContext): Promise<Found> =>
  inCloudOf(runId, context, async ({ objects, bucket, runs }) => {
    const manifestUri = runObjects({ bucket, runId }).success;
    const stored = await readJsonIfAny<unknown>(objects, manifestUri);
    if (stored) return { manifest: stored.value, manifestUri, objects };
    const run = await runs.find(runId);
    if (run === undefined) return undefined;
    throw run.kind === 'train' ? noInference(runId, undefined) : incomplete(runId, 'there is no _SUCCESS.json');
  });
