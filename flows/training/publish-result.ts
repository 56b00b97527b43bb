/** Publish: commits the result of the attempt that succeeded, then points `models/<name>/LATEST.json` at it. */

import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import { refuseOthers } from '#core/gang/owner.ts';
import type { ControlStore } from '#core/gang/ports.ts';
import type { TrainJob } from '#core/job/job.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Log } from '#core/system/ports.ts';
import type { TrainManifest } from '#core/training/published.ts';
import { carried, type StateOf } from '#core/training/state.ts';
import { TASK_RESULT_FILE, type TaskResult } from '#core/training/task-result.ts';
import { checkComplete, checkOfAttempt, published, trainManifest } from '#core/training/train-manifest.ts';
import { jsonBytes, readJson, readJsonIfAny } from '#formats/json/json-object.ts';
import { type PointerPorts, pointLatest } from './publish-latest.ts';

/** What this step needs of the world; `bucket` is the name of the data bucket. */
export interface PublishPorts extends PointerPorts {
  readonly control: Pick<ControlStore, 'read'>;
  readonly log: Log;
}

/**
 * Acts for the owner of the run and for the attempt that its control item names as succeeded, whatever the state of a
 * step says that was repeated or made up. Safe to repeat, also halfway and beside itself.
 */
export async function publishResult(ports: PublishPorts, state: StateOf<'publish'>): Promise<StateOf<'release'>> {
  const { runId, jobUri, attempt, queuedAt } = state;
  await checkSucceeded(ports, state);
  const { value: job } = await readJson<TrainJob>(ports.objects, jobUri);
  const manifest = trainManifest({
    job: job.name,
    bucket: ports.bucket,
    result: await readResult(ports, { runId, attempt }),
    provenance: await provenance(ports, state, job),
  });
  checkComplete(manifest, await sizes(ports, manifest));
  const manifestUri = runObjects({ bucket: ports.bucket, runId }).trainManifest;
  await commit(ports, manifestUri, manifest);
  const done = { ...carried(state), next: 'release', manifestUri } as const;
  const pointer = published(manifest, { name: job.publish, queuedAt, manifestUri });
  if (pointer === undefined) {
    ports.log.info('committed', { runId, attempt, manifestUri });
    return done;
  }
  const { runId: latestRunId } = await pointLatest(ports, pointer);
  ports.log.info('published', { runId, attempt, manifestUri, latestRunId });
  return { ...done, latestRunId };
}

async function checkSucceeded({ control }: PublishPorts, { runId, attempt, execution }: StateOf<'publish'>) {
  const now = await control.read(runId);
  if (now === undefined) throw new LockstepError('LS_RUN_NOT_FOUND', `run ${runId} has no control item`);
  refuseOthers(now, execution.id);
  if (now.phase === 'SUCCEEDED' && now.attempt === attempt) return;
  throw new LockstepError(
    'LS_NOT_SUCCEEDED',
    `asked to publish attempt ${attempt} of run ${runId}, which is at attempt ${now.attempt}, ${now.phase}`,
  );
}

/** A job whose rank 0 reports no result is one that leaves its files elsewhere: it is committed with none. */
async function readResult(
  { objects, bucket }: PublishPorts,
  at: { readonly runId: string; readonly attempt: number },
): Promise<TaskResult> {
  const uri = `${runObjects({ bucket, runId: at.runId }).result(at.attempt)}${TASK_RESULT_FILE}`;
  const stored = await readJsonIfAny<TaskResult>(objects, uri);
  if (stored === undefined) return { version: 1, ...at, metrics: {}, files: {} };
  return checkOfAttempt(stored.value, { ...at, uri });
}

/** What the result was made from, by hash or etag: enough to tell whether another run had the same inputs. */
async function provenance(
  { objects, bucket }: PublishPorts,
  { runId, jobUri }: StateOf<'publish'>,
  job: TrainJob,
): Promise<TrainManifest['provenance']> {
  const { bytes } = await objects.get(jobUri);
  const code = await objects.head(runObjects({ bucket, runId }).code);
  const shards = await objects.head(runObjects({ bucket, runId }).shards);
  return {
    jobSha256: createHash('sha256').update(bytes).digest('hex'),
    worldSize: job.gang.hosts * job.gang.tasksPerHost,
    ...(code !== undefined && { codeEtag: code.etag }),
    ...(shards !== undefined && { shardsEtag: shards.etag }),
  };
}

async function sizes({ objects }: PublishPorts, manifest: TrainManifest): Promise<ReadonlyMap<string, number>> {
  const heads = Object.entries(manifest.files).map(async ([name, { uri }]) => [name, await objects.head(uri)] as const);
  const found = (await Promise.all(heads)).flatMap(([name, head]) =>
    head === undefined ? [] : [[name, head.sizeBytes] as const],
  );
  return new Map(found);
}

/** The commit itself: of all who try, one creates the manifest, and whoever finds the same one there has succeeded. */
async function commit({ objects }: PublishPorts, uri: string, manifest: TrainManifest): Promise<void> {
  const bytes = jsonBytes(manifest);
  if ((await objects.put(uri, bytes, { ifMatch: 'absent' })).won) return;
  const stored = await objects.get(uri);
  if (Buffer.compare(stored.bytes, bytes) === 0) return;
  throw new LockstepError(
    'LS_ALREADY_COMMITTED',
    `${uri} holds another result than that of attempt ${manifest.attempt}`,
  );
}
