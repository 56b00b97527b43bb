/** Publish: commits the result of the attempt that succeeded, then points `models/<name>/LATEST.json` at it. */

import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import type { TrainJob } from '#core/job/job.ts';
import { runObjects, sharedObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Log } from '#core/system/ports.ts';
import type { Published, TrainManifest } from '#core/training/published.ts';
import { carried, type StateOf } from '#core/training/state.ts';
import { TASK_RESULT_FILE, type TaskResult } from '#core/training/task-result.ts';
import { checkComplete, published, trainManifest } from '#core/training/train-manifest.ts';
import { jsonBytes, readJson, readJsonIfAny } from '#formats/json/json-object.ts';

/** What this step needs of the world; `bucket` is the name of the data bucket. */
export interface PublishPorts {
  readonly objects: Objects;
  readonly bucket: string;
  readonly log: Log;
}

export async function publishResult(ports: PublishPorts, state: StateOf<'publish'>): Promise<StateOf<'release'>> {
  const { runId, jobUri, attempt } = state;
  const { value: job } = await readJson<TrainJob>(ports.objects, jobUri);
  const result = await readResult(ports, { runId, attempt });
  const manifest = trainManifest({
    job: job.name,
    bucket: ports.bucket,
    result,
    provenance: await provenance(ports, state, job),
  });
  checkComplete(manifest, await sizes(ports, manifest));
  const manifestUri = runObjects({ bucket: ports.bucket, runId }).trainManifest;
  await commit(ports, manifestUri, manifest);
  const pointer = published(job.publish, manifestUri, manifest);
  if (pointer !== undefined) await point(ports, pointer);
  ports.log.info('published', { runId, attempt, manifestUri });
  return { ...carried(state), next: 'release', manifestUri };
}

/** A job whose rank 0 reports no result is one that leaves its files elsewhere: it is committed with none. */
async function readResult(
  { objects, bucket }: PublishPorts,
  { runId, attempt }: { runId: string; attempt: number },
): Promise<TaskResult> {
  const uri = `${runObjects({ bucket, runId }).result(attempt)}${TASK_RESULT_FILE}`;
  const stored = await readJsonIfAny<TaskResult>(objects, uri);
  return stored?.value ?? { version: 1, runId, attempt, metrics: {}, files: {} };
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

const POINTER_TRIES = 10;

/** Moves the pointer from whatever it is now. A lost race is read and tried again: the last to commit stays. */
async function point({ objects, bucket }: PublishPorts, pointer: Published): Promise<void> {
  const uri = sharedObjects(bucket).published(pointer.name);
  for (let tries = 0; tries < POINTER_TRIES; tries++) {
    const current = await readJsonIfAny<Published>(objects, uri);
    if (current?.value.runId === pointer.runId) return;
    const { won } = await objects.put(uri, jsonBytes(pointer), { ifMatch: current?.etag ?? 'absent' });
    if (won) return;
  }
  throw new LockstepError('LS_UNAVAILABLE', `${uri} was changed by others ${POINTER_TRIES} times in a row`);
}
