import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { invariant, type LockstepError } from '#core/errors.ts';
import { OBJECTS } from '#core/names.ts';
import type { UsageLog } from '#core/resources/usage.ts';
import { failureOf } from '#core/runs/failure.ts';
import type { TrainManifest } from '#core/training/published.ts';
import type { StateOf } from '#core/training/state.ts';
import type { TrainingTrace } from '#flows/runs/follow-training.ts';
import { readUsage } from '#flows/runs/read-usage.ts';
import { type TrainingFacts, trainingFacts } from '#flows/runs/run-facts.ts';
import { readJson } from '#formats/json/json-object.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { type Home, runFolder } from '../home.ts';
import { collector } from './collect.ts';
import { keepFunctionLogs } from './function-logs.ts';

/** A training run that has ended, with what it left copied to this machine. */
export interface TrainingOutcome {
  readonly trace: TrainingTrace;
  /** Folder of the run on this machine. */
  readonly folder: string;
  /** Paths of the logs of its tasks. */
  readonly logs: readonly string[];
  readonly failure: LockstepError | undefined;
  readonly facts: TrainingFacts;
  /** What its hosts used. */
  readonly usage: readonly UsageLog[];
  /** Where it succeeded. */
  readonly committed: CommittedTraining | undefined;
}

export interface CommittedTraining {
  readonly manifest: TrainManifest;
  /** URI of the manifest, valid after this command: in the cloud, or of the copy if the cloud goes away. */
  readonly uri: string;
  /** The run whose model is the published one of this name now; undefined for a result without a model. */
  readonly latestRunId?: string;
}

/** Copies logs and committed files of the run into its folder; what failed keeps its logs. */
export async function concludeTraining(trace: TrainingTrace, cloud: Cloud, home: Home): Promise<TrainingOutcome> {
  const { runId, execution } = trace;
  const folder = runFolder(home, runId);
  const copies = collector(cloud, OBJECTS.run(runId), folder);
  const logs = await copies.copy(`${OBJECTS.run(runId)}logs/`);
  await keepFunctionLogs(cloud, runId, folder);
  const failure = failureOf(execution);
  const facts = await trainingFacts(cloud, runId);
  const usage = await readUsage(cloud, runId);
  if (failure !== undefined) return { trace, folder, logs, facts, usage, failure, committed: undefined };
  const { manifestUri, latestRunId } = execution.output as StateOf<'release'>;
  invariant(manifestUri !== undefined, `the execution of ${runId} succeeded without a manifest`);
  const { value } = await readJson<TrainManifest>(cloud.objects, manifestUri);
  const ended = { trace, folder, logs, facts, usage, failure: undefined };
  const latest = latestRunId === undefined ? {} : { latestRunId };
  if (!cloud.copiesOutputs) return { ...ended, committed: { manifest: value, uri: manifestUri, ...latest } };
  await copies.copy(OBJECTS.result(runId, value.attempt));
  const manifest = copies.localized(value);
  const path = copies.pathOf(manifestUri);
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
  return { ...ended, committed: { manifest, uri: pathToFileURL(path).href, ...latest } };
}

/** Where the logs are, if tasks have written any. */
export const logsFolder = ({ folder, logs }: TrainingOutcome): { readonly logs?: string } =>
  logs.length === 0 ? {} : { logs: join(folder, 'logs') };
