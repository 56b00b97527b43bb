import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import type { InferenceManifest } from '#core/inference/manifest.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';
import { isManifest } from '#core/inference/verify.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { inCloudOf } from '../cloud/reach.ts';
import { runFolder } from '../home.ts';
import { keptObjects } from '../run/kept-objects.ts';
import type { CommandContext } from './context.ts';

/** The manifest of a committed inference run, and where its parts lie. */
export interface CommittedManifest {
  readonly manifest: InferenceManifest;
  readonly objects: ReadObjects;
}

/**
 * What a run has left on this machine, else what a cloud that is up has of it. LS_RUN_INCOMPLETE if it committed nothing,
 * LS_RUN_NOT_FOUND, LS_DATA_UNREADABLE for a manifest that says too little.
 */
export async function committedManifest(runId: string, context: CommandContext): Promise<CommittedManifest> {
  const { manifest, objects } = (await keptManifest(runId, context)) ?? (await cloudManifest(runId, context));
  if (isManifest(manifest)) return { manifest, objects };
  const what = 'its _SUCCESS.json does not say which batches each part stands for';
  throw new LockstepError('LS_DATA_UNREADABLE', `${runId}: ${what}`, {
    remedy: 'It is damaged, or of a version that could not be verified yet: infer again to have a run that can.',
  });
}

interface Found {
  /** Whatever lies there: nobody has looked at it yet. */
  readonly manifest: unknown;
  readonly objects: ReadObjects;
}

/** What the run left on this machine, if it did. */
async function keptManifest(runId: string, { home }: CommandContext): Promise<Found | undefined> {
  const path = join(runFolder(home, runId), '_SUCCESS.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return { manifest: JSON.parse(text), objects: keptObjects };
  } catch (cause) {
    throw new LockstepError('LS_DATA_UNREADABLE', `${path}: expected JSON`, { cause });
  }
}

const cloudManifest = (runId: string, context: CommandContext): Promise<Found> =>
  inCloudOf(runId, context, async ({ objects, bucket, runs }) => {
    const stored = await readJsonIfAny<unknown>(objects, runObjects({ bucket, runId }).success);
    if (stored) return { manifest: stored.value, objects };
    if ((await runs.find(runId)) === undefined) return undefined;
    throw new LockstepError('LS_RUN_INCOMPLETE', `${runId} has committed nothing: there is no _SUCCESS.json`);
  });
