import { createHash } from 'node:crypto';
import { invariant, LockstepError } from '#core/errors.ts';
import type { InferenceState, StagedInput, StageInput } from '#core/inference/state.ts';
import type { InferJob } from '#core/job/job.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import type { Warehouse } from '#core/training/ports.ts';
import { dataAmong } from '#core/training/staged.ts';
import { readJson } from '#formats/json/json-object.ts';
import { hasEnded, lookAgainS } from '../training/await-query.ts';
import { createOnce } from './create-once.ts';

/** What this step needs of the world; `bucket` is the name of the data bucket. */
export interface StageInputPorts {
  readonly objects: Objects;
  readonly bucket: string;
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Lets the warehouse run the query of a job and leave its rows as Parquet below the run, which its plan then reads. Returns
 * the state with `staging` while the query runs, without it once every row lies there. Each execution of a run has a prefix of
 * its own, so that one which is resumed does not mix its rows with those of a query that failed. LS_QUERY_FAILED,
 * LS_DATA_EMPTY for a query without rows.
 */
export async function stageInput(ports: StageInputPorts, { input, execution }: StageInput): Promise<InferenceState> {
  const { objects, bucket, warehouse } = ports;
  const { staging, ...state } = input;
  invariant(staging, `${state.runId} comes to Stage without a query to wait for`);
  const { sql } = (await readJson<InferJob>(objects, state.jobUri)).value;
  invariant(sql, `${state.jobUri} has no query`);
  const at = runObjects({ bucket, runId: state.runId });
  const uri = `${at.staged}${createHash('sha256').update(execution).digest('hex').slice(0, 16)}/`;
  const query = { database: sql.database, sql: sql.query, outputUri: uri };
  const queryId = staging.queryId ?? (await warehouse.start(query));
  if (!(await hasEnded(ports, queryId))) {
    return { ...state, staging: { ...staging, queryId, waitS: lookAgainS(ports, staging.since) } };
  }
  const found = await stagedObjects(ports, uri);
  if (found === 0) {
    throw new LockstepError('LS_DATA_EMPTY', `the query gave no row: ${sql.query}`, {
      remedy: 'Correct `input.sql.query`, or the table that it reads.',
    });
  }
  const staged: StagedInput = { uri, queryId };
  await createOnce(objects, at.stagedInput, staged);
  ports.log.info('staged', { runId: state.runId, objects: found });
  return state;
}

async function stagedObjects({ objects }: StageInputPorts, uri: string): Promise<number> {
  let found = 0;
  for await (const head of objects.list(uri)) found += dataAmong([head]).length;
  return found;
}
