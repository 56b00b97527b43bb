/** Stage: turns the data source of the job into objects in S3, and says which rank reads which. */

import { LockstepError } from '#core/errors.ts';
import type { DataSource, TrainJob } from '#core/job/job.ts';
import { objectUri, runObjects } from '#core/objects/addresses.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import { balance } from '#core/training/balance.ts';
import type { Warehouse } from '#core/training/ports.ts';
import type { Shard, ShardManifest } from '#core/training/shards.ts';
import { shardsAmong } from '#core/training/staged.ts';
import { carried, type StateOf } from '#core/training/state.ts';
import { jsonBytes, readJson } from '#formats/json/json-object.ts';

/** What this step needs of the world; `bucket` is the name of the data bucket. */
export interface StagePorts {
  readonly objects: Objects;
  readonly bucket: string;
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  readonly log: Log;
}

/** A short query ends within one call; a long one is looked at again each time the workflow has waited. */
const LOOK_EVERY_MS = 200;
const LOOK_FOR_MS = 10_000;
const WAIT_S = 5;

/** The last four bytes of every Parquet file. */
const PARQUET_MAGIC = 'PAR1';
const LOOK_INTO_MAX = 32;

export async function stageData(ports: StagePorts, state: StateOf<'stage'>): Promise<StateOf<'stage' | 'admit'>> {
  const staged: StateOf<'admit'> = { ...carried(state), next: 'admit', waitS: 0 };
  const { value: job } = await readJson<TrainJob>(ports.objects, state.jobUri);
  if (job.data === undefined) return staged;
  const outputUri = runObjects({ bucket: ports.bucket, runId: state.runId }).staged;
  if ('sql' in job.data) {
    const queryId = state.queryId ?? (await ports.warehouse.start({ ...query(job.data), outputUri }));
    const isDone = await waitBriefly(ports, queryId);
    if (!isDone) return { ...state, queryId, waitS: WAIT_S };
  }
  const uri = 'sql' in job.data ? outputUri : job.data.s3.uri;
  const shards = await listShards(ports, uri);
  if ('s3' in job.data) await checkParquet(ports, shards);
  await writeManifest(ports, state.runId, balance(shards, job.gang.hosts * job.gang.tasksPerHost));
  ports.log.info('staged', { runId: state.runId, shards: shards.length });
  return staged;
}

const query = ({ sql }: Extract<DataSource, { sql: unknown }>) => ({ database: sql.database, sql: sql.query });

/** True once the query has succeeded, false if it still runs; LS_QUERY_FAILED with the warehouse's reason. */
async function waitBriefly({ warehouse, clock }: StagePorts, queryId: string): Promise<boolean> {
  const until = clock.monotonicMs() + LOOK_FOR_MS;
  while (true) {
    const status = await warehouse.poll(queryId);
    if (status.state === 'succeeded') return true;
    if (status.state === 'failed') throw new LockstepError('LS_QUERY_FAILED', status.reason);
    if (clock.monotonicMs() >= until) return false;
    await clock.sleep(LOOK_EVERY_MS);
  }
}

async function listShards({ objects }: StagePorts, uri: string): Promise<readonly Shard[]> {
  const heads: ObjectHead[] = [];
  for await (const head of objects.list(uri)) heads.push(head);
  const shards = shardsAmong(heads);
  if (shards.length === 0) throw new LockstepError('LS_DATA_EMPTY', `${uri} holds no data objects`);
  return shards;
}

/** Looked at in some of the objects, spread over all: what is wrong with a data set is rarely wrong with one object. */
async function checkParquet({ objects }: StagePorts, shards: readonly Shard[]): Promise<void> {
  const every = Math.ceil(shards.length / LOOK_INTO_MAX);
  await Promise.all(
    shards
      .filter((_, index) => index % every === 0)
      .map(async ({ bucket, key, etag, sizeBytes }) => {
        const uri = objectUri(bucket, key);
        const start = Math.max(0, sizeBytes - PARQUET_MAGIC.length);
        const { bytes } = await objects.get(uri, { start, end: sizeBytes, etag });
        if (Buffer.from(bytes).toString('latin1') === PARQUET_MAGIC) return;
        throw new LockstepError(
          'LS_DATA_UNREADABLE',
          `${uri}: expected a Parquet file, but it does not end as one does`,
        );
      }),
  );
}

async function writeManifest(
  { objects, bucket }: StagePorts,
  runId: string,
  byRank: ShardManifest['byRank'],
): Promise<void> {
  const manifest: ShardManifest = { version: 1, runId, format: 'parquet', byRank };
  await objects.put(runObjects({ bucket, runId }).shards, jsonBytes(manifest));
}
