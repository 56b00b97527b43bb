import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { nearest } from '#core/job/nearest.ts';
import { failureReason } from './query-failure.ts';
import { openSandbox } from './sandbox.ts';
import { listTables } from './warehouse-tables.ts';

export interface DescribedQuery {
  /** Folder of the warehouse. */
  readonly warehouse: string;
  readonly database: string;
  readonly query: string;
  readonly signal: AbortSignal;
}

/** A column of a query's result, with its type in the words of the engine. */
export interface ResultColumn {
  readonly name: string;
  readonly type: string;
}

/** The columns that a query on the warehouse gives. Nothing is computed and nothing kept. LS_QUERY_FAILED for a wrong one. */
export async function describeQuery({
  warehouse,
  database,
  query,
  signal,
}: DescribedQuery): Promise<readonly ResultColumn[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-plan-'));
  try {
    const sandbox = await openSandbox(query, { warehouse, folder, database, signal });
    const rows = await sandbox.run(`DESCRIBE SELECT * FROM (${query}\n) AS query`).finally(() => sandbox.close());
    return rows.map(({ column_name: name, column_type: type }) => ({ name: String(name), type: String(type) }));
  } catch (error) {
    signal.throwIfAborted();
    const remedy = meantBy(error instanceof Error ? error.message : '', warehouse);
    throw new LockstepError('LS_QUERY_FAILED', failureReason(error), { cause: error, ...(remedy && { remedy }) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What was probably meant by a table or a column that is not there. The engine knows of tables only those that were named. */
function meantBy(message: string, warehouse: string): string | undefined {
  const [, table] = /Table with name (\S+) does not exist/.exec(message) ?? [];
  const [, column] = /Candidate bindings:? "([^"]+)"/.exec(message) ?? [];
  const names = listTables(warehouse).map(({ name }) => name);
  const meant = table === undefined ? column?.split('.').at(-1) : nearest(table, names);
  return meant === undefined ? undefined : `Did you mean ${meant}?`;
}
