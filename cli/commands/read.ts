import { resolve } from 'node:path';
import type { RecordBatch, Schema } from 'apache-arrow';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { LockstepError } from '#core/errors.ts';
import { deadLettersOf } from '#core/inference/manifest.ts';
import { openCommitted } from '#flows/inference/read-committed.ts';
import { STOPS } from '../interrupt.ts';
import { writeJoined } from '../run/joined-file.ts';
import { theRun } from '../run/known-runs.ts';
import { committedManifest } from './committed-manifest.ts';
import type { CommandContext } from './context.ts';

export interface ReadFlags {
  readonly to?: string;
  /** What was set aside in place of what was predicted. */
  readonly dead?: boolean;
}

export interface Joined {
  readonly runId: string;
  readonly file: string;
  readonly rows: number;
}

/**
 * `lockstep read RUN --to FILE`: what the run committed as one table, in the order of its input. Each part is checked against
 * the manifest before any of its rows is written. With `dead`, the rows that it has set aside. LS_RUN_INCOMPLETE if it
 * committed nothing, LS_DATA_EMPTY if there are no rows.
 */
export async function read(word: string, { to, dead }: ReadFlags, context: CommandContext): Promise<Joined> {
  if (to === undefined) throw new LockstepError('LS_USAGE', 'expected --to FILE, such as --to predictions.csv');
  const file = resolve(to);
  context.interrupt.means(STOPS);
  const runId = await theRun(word, context);
  const { manifest, objects } = await committedManifest(runId, context);
  const parts = dead ? deadLettersOf(manifest) : manifest.parts;
  const batches = openCommitted({ objects, parquet: workerDecoder() }, { parts });
  const first = await batches.next();
  if (first.done) throw noRows(runId, dead);
  const rows = await writeJoined(file, {
    ...{ schema: first.value.schema as Schema, batches: joined(first.value, batches) },
    signal: context.interrupt.signal,
  });
  return { runId, file, rows };
}

const noRows = (runId: string, dead = false): LockstepError =>
  new LockstepError('LS_DATA_EMPTY', `${runId} has ${dead ? 'set no rows aside' : 'committed no rows'}`, {
    remedy: dead ? 'Every row that was not left out has its prediction.' : 'Look for its dead letters: `--dead`.',
  });

async function* joined(first: RecordBatch, rest: AsyncIterable<RecordBatch>): AsyncGenerator<RecordBatch> {
  yield first;
  yield* rest;
}
