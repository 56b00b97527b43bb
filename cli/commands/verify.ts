import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { LockstepError } from '#core/errors.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';
import { isManifest } from '#core/inference/verify.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { verifyRun } from '#flows/inference/verify-run.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { inCloudOf } from '../cloud/reach.ts';
import { runFolder } from '../home.ts';
import { keptObjects } from '../run/kept-objects.ts';
import { theRun } from '../run/known-runs.ts';
import type { CommandContext } from './context.ts';

interface Committed {
  /** Whatever lies there: nobody has looked at it yet. */
  readonly manifest: unknown;
  readonly objects: ReadObjects;
}

interface Verdict {
  readonly object: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** `lockstep verify RUN`: reads what the run committed and says what is wrong first. LS_RUN_INCOMPLETE if it committed nothing. */
export async function verify(word: string, context: CommandContext): Promise<Verdict> {
  const runId = await theRun(word, context);
  const { manifest, objects } = (await keptManifest(runId, context)) ?? (await cloudManifest(runId, context));
  if (!isManifest(manifest)) {
    const what = 'its _SUCCESS.json does not say which batches each part stands for';
    throw new LockstepError('LS_DATA_UNREADABLE', `${runId}: ${what}`, {
      remedy: 'It is damaged, or of a version that could not be verified yet: infer again to have a run that can.',
    });
  }
  const problem = await verifyRun({ objects, parquet: workerDecoder() }, manifest);
  const { parts, rows } = manifest.totals;
  if (problem !== undefined) {
    return { object: { ok: false, runId, problem }, lines: [`✗ ${runId}: ${problem}`], exitCode: 1 };
  }
  const what = `${parts} parts with ${rows.toLocaleString('en')} rows are what was committed`;
  return { object: { ok: true, runId, parts, rows }, lines: [`✓ ${runId}: ${what}`], exitCode: 0 };
}

/** What the run left on this machine, if it did. */
async function keptManifest(runId: string, { home }: CommandContext): Promise<Committed | undefined> {
  const path = join(runFolder(home, runId), '_SUCCESS.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return { manifest: JSON.parse(text), objects: keptObjects };
  } catch (cause) {
    throw new LockstepError('LS_DATA_UNREADABLE', `${path}: expected JSON`, { cause });
  }
}

const cloudManifest = (runId: string, context: CommandContext): Promise<Committed> =>
  inCloudOf(runId, context, async ({ objects, bucket, runs }) => {
    const stored = await readJsonIfAny<unknown>(objects, runObjects({ bucket, runId }).success);
    if (stored) return { manifest: stored.value, objects };
    if ((await runs.find(runId)) === undefined) return undefined;
    throw new LockstepError('LS_RUN_INCOMPLETE', `${runId} has committed nothing: there is no _SUCCESS.json`);
  });
