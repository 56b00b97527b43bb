/** Stage: turns the data source of the job into objects in S3, and says which rank reads which. */

import { LockstepError } from '#core/errors.ts';
import { secondsLeft } from '#core/gang/run-time.ts';
import type { DataFormat, DataSource, TrainJob } from '#core/job/job.ts';
import { location, runObjects } from '#core/objects/addresses.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import { type DataObject, deal } from '#core/training/deal.ts';
import type { Warehouse } from '#core/training/ports.ts';
import type { ShardManifest } from '#core/training/shards.ts';
import { dataAmong } from '#core/training/staged.ts';
import { carried, comingBack, type StateOf } from '#core/training/state.ts';
import { jsonBytes, readJson } from '#formats/json/json-object.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import { countRows } from '#formats/table/formats.ts';
import { hasEnded, lookAgainS } from './await-query.ts';

/** What this step needs of the world; `bucket` is the name of the data bucket. */
export interface StagePorts {
  readonly objects: Objects;
  readonly bucket: string;
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  readonly log: Log;
}

/** Objects whose footers are read at the same time. */
const COUNT_AT_ONCE = 16;

export async function stageData(ports: StagePorts, state: StateOf<'stage'>): Promise<StateOf<'stage' | 'admit'>> {
  const staged: StateOf<'admit'> = { ...carried(state), next: 'admit', waitS: 0 };
  const { value: job } = await readJson<TrainJob>(ports.objects, state.jobUri);
  if (job.data === undefined) return staged;
  const outputUri = runObjects({ bucket: ports.bucket, runId: state.runId }).staged;
  if ('sql' in job.data) {
    const queryId = state.queryId ?? (await ports.warehouse.start({ ...query(job.data), outputUri }));
    if (!(await hasEnded(ports, queryId))) {
      const leftS = secondsLeft(state.queuedAt, job.limits, ports.clock.wallMs());
      return comingBack({ ...state, queryId, waitS: lookAgainS(ports, state.queuedAt) }, leftS, job.limits);
    }
  }
  const uri = 'sql' in job.data ? outputUri : job.data.s3.uri;
  const objects = await countedObjects(ports, uri, 's3' in job.data ? job.data.s3.format : undefined);
  const byRank = deal(objects, job.gang.hosts * job.gang.tasksPerHost);
  await writeManifest(ports, state.runId, byRank);
  const rows = objects.reduce((sum, { blockRows }) => blockRows.reduce((all, one) => all + one, sum), 0);
  const slices = byRank.flat().filter(({ slice }) => slice !== undefined).length;
  ports.log.info('staged', { runId: state.runId, objects: objects.length, rows, slices });
  return staged;
}

const query = ({ sql }: Extract<DataSource, { sql: unknown }>) => ({ database: sql.database, sql: sql.query });

/** The objects of the data with the rows of each; what is damaged is found before any host is bought. */
async function countedObjects(
  { objects }: StagePorts,
  uri: string,
  format: DataFormat | undefined,
): Promise<readonly DataObject[]> {
  const heads = await listData(objects, uri);
  if (heads.length === 0) throw new LockstepError('LS_DATA_EMPTY', `${uri} holds no data objects`);
  const counted: DataObject[] = [];
  const count = async (head: ObjectHead) => ({ head, table: await countRows(objects, head) });
  for await (const { head, table } of ordered(heads, COUNT_AT_ONCE, count)) {
    if (format !== undefined && table.format.split('-')[0] !== format) throw otherFormat(head, table.format, format);
    counted.push({ ...location(head.uri), etag: head.etag, sizeBytes: head.sizeBytes, ...table });
  }
  return counted;
}

/** An object if there is one of this name, else what lies below the prefix. */
async function listData(objects: Objects, uri: string): Promise<readonly ObjectHead[]> {
  const object = uri.endsWith('/') ? undefined : await objects.head(uri);
  if (object !== undefined) return [object];
  const heads: ObjectHead[] = [];
  for await (const head of objects.list(uri)) heads.push(head);
  return dataAmong(heads);
}

function otherFormat({ uri }: ObjectHead, got: string, expected: string): LockstepError {
  const message = `${uri}: expected a file of the format ${expected}, as \`data.s3.format\` says, got ${got}`;
  return new LockstepError('LS_DATA_UNREADABLE', message);
}

async function writeManifest(
  { objects, bucket }: StagePorts,
  runId: string,
  byRank: ShardManifest['byRank'],
): Promise<void> {
  const manifest: ShardManifest = { version: 2, runId, byRank };
  await objects.put(runObjects({ bucket, runId }).shards, jsonBytes(manifest));
}
