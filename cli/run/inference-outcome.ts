import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { LockstepError } from '#core/errors.ts';
import { type InferenceManifest, listedObjects } from '#core/inference/manifest.ts';
import { OBJECTS } from '#core/names.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { phasesOf, stays } from '#core/runs/phases.ts';
import type { InferenceTrace } from '#flows/runs/follow-inference.ts';
import { inferenceFailure } from '#flows/runs/inference-failure.ts';
import { type InferenceFacts, inferenceFacts } from '#flows/runs/run-facts.ts';
import { readJson } from '#formats/json/json-object.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { type Home, runFolder } from '../home.ts';
import type { Summary } from '../output/summary.ts';
import { collector } from './collect.ts';
import { keepFunctionLogs } from './function-logs.ts';
import { type LabelTally, type NoTally, tallyLabels } from './label-tally.ts';

/** An inference run that has ended, with what it committed copied to this machine where the cloud goes away. */
export interface InferenceOutcome {
  readonly trace: InferenceTrace;
  readonly folder: string;
  readonly failure: LockstepError | undefined;
  readonly facts: InferenceFacts;
  readonly committed: CommittedInference | undefined;
}

export interface CommittedInference {
  /** As it is in the cloud. */
  readonly manifest: InferenceManifest;
  readonly labels: LabelTally | NoTally | undefined;
  /** URI of the manifest, valid after this command. */
  readonly uri: string;
}

export async function concludeInference(trace: InferenceTrace, cloud: Cloud, home: Home): Promise<InferenceOutcome> {
  const { runId, execution } = trace;
  const folder = runFolder(home, runId);
  await keepFunctionLogs(cloud, runId, folder);
  const failure = await inferenceFailure(cloud, runId, execution);
  const facts = await inferenceFacts(cloud, runId);
  if (failure !== undefined) return { trace, folder, facts, failure, committed: undefined };
  const manifestUri = runObjects({ bucket: cloud.bucket, runId }).success;
  const { value: manifest } = await readJson<InferenceManifest>(cloud.objects, manifestUri);
  const as = facts.job?.predict.as;
  const labels = as === undefined ? undefined : await tallyLabels(cloud, manifest, as);
  const ended = { trace, folder, facts, failure };
  if (!cloud.copiesOutputs) return { ...ended, committed: { manifest, labels, uri: manifestUri } };
  const copies = collector(cloud, OBJECTS.run(runId), folder);
  for (const { uri } of listedObjects(manifest)) await copies.copy(uri.slice(`s3://${cloud.bucket}/`.length));
  const path = copies.pathOf(manifestUri);
  writeFileSync(path, `${JSON.stringify(copies.localized(manifest), null, 2)}\n`);
  return { ...ended, committed: { manifest, labels, uri: pathToFileURL(path).href } };
}

/** Rows, and rows a second of the phase in which partitions run. */
export function inferenceFigures(
  { manifest }: CommittedInference,
  { visits }: InferenceTrace,
): Required<Pick<Summary, 'rowsPredicted' | 'rowsPerSecond'>> {
  const rows = manifest.totals.rows - (manifest.failed?.nulled ?? 0);
  const seconds = phasesOf(stays(visits, Date.now())).infer ?? 0;
  return { rowsPredicted: rows, rowsPerSecond: seconds > 0 ? Math.round(rows / seconds) : 0 };
}
