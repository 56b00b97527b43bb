import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { nearest } from '#core/job/nearest.ts';
import { failureReason } from './query-failure.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { literal } from './sql-text.ts';
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
export const describeQuery = (query: DescribedQuery): Promise<readonly ResultColumn[]> => lookInto(query, columnsOf);

/** The beginning of what a query gives. */
export interface QuerySample {
  readonly columns: readonly ResultColumn[];
  /** Parquet file of this machine, which is there while `look` runs. */
  readonly file: string;
}

/** Lets `look` have the first rows that a query on the warehouse gives, at most so many. LS_QUERY_FAILED for a wrong one. */
export async function withSample<T>(
  query: DescribedQuery,
  rows: number,
  look: (sample: QuerySample) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-sample-'));
  try {
    const file = join(folder, 'sample');
    const columns = await lookInto({ ...query, folder }, async (sandbox, select) => {
      await sandbox.run(
        `COPY (SELECT * FROM (${select}\n) AS query LIMIT ${rows}) TO ${literal(file)} (FORMAT parquet)`,
      );
      return await columnsOf(sandbox, select);
    });
    return await look({ columns, file });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function columnsOf(sandbox: Sandbox, select: string): Promise<readonly ResultColumn[]> {
  const rows = await sandbox.run(`DESCRIBE SELECT * FROM (${select}\n) AS query`);
  return rows.map(({ column_name: name, column_type: type }) => ({ name: String(name), type: String(type) }));
}

/** Opens the warehouse for one query. `folder`: where it may write, @default one that is gone afterwards */
async function lookInto<T>(
  { warehouse, database, query, signal, folder: given }: DescribedQuery & { readonly folder?: string },
  look: (sandbox: Sandbox, select: string) => Promise<T>,
): Promise<T> {
  const folder = given ?? (await mkdtemp(join(tmpdir(), 'lockstep-plan-')));
  const select = query.trim().replace(/;$/, '');
  try {
    const sandbox = await openSandbox(select, { warehouse, folder, database, signal });
    return await look(sandbox, select).finally(() => sandbox.close());
  } catch (error) {
    signal.throwIfAborted();
    const remedy = meantBy(error instanceof Error ? error.message : '', warehouse);
    throw new LockstepError('LS_QUERY_FAILED', failureReason(error), { cause: error, ...(remedy && { remedy }) });
  } finally {
    if (given === undefined) await rm(folder, { recursive: true, force: true });
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
