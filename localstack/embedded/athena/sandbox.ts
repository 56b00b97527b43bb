import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { QueryFailure } from './query-failure.ts';
import { identifier, literal } from './sql-text.ts';
import { listDatabases, listTables, qualifiedName, scanOf } from './warehouse-tables.ts';

/** What a query may use. */
export interface SandboxOptions {
  /** Folder of the warehouse: read only. */
  readonly warehouse: string | undefined;
  /** Folder of the query itself: results, and what does not fit into memory. */
  readonly folder: string;
  /** Database in which unqualified names are looked up. */
  readonly database: string;
  /** Stops the query wherever it is. */
  readonly signal: AbortSignal;
}

/** A database engine of one query. */
export interface Sandbox {
  /** Runs a statement of ours and returns its rows. */
  run(sql: string): Promise<readonly Record<string, unknown>[]>;
  close(): void;
}

const SETTINGS = {
  memory_limit: '1GB',
  threads: '2',
  max_temp_directory_size: '2GB',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
};

/**
 * An engine in which the tables that `select` names are views and nothing else of the machine can be reached: no other
 * file, no network, no extension, no change of these settings. Fails unless `select` is exactly one query.
 */
export async function openSandbox(select: string, options: SandboxOptions): Promise<Sandbox> {
  const instance = await DuckDBInstance.create(':memory:', SETTINGS);
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  options.signal.addEventListener('abort', interrupt);
  const close = () => {
    options.signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
  };
  const run = async (sql: string) => {
    options.signal.throwIfAborted();
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  };
  try {
    await requireOneQuery(connection, select);
    for (const statement of lockDown(options)) await run(statement);
    await createViews(connection, run, { select, ...options });
    await run(`USE awsdatacatalog.${identifier(options.database)}`);
    await run('SET lock_configuration = true');
    return { run, close };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

const lockDown = ({ warehouse, folder }: SandboxOptions): readonly string[] => [
  "ATTACH ':memory:' AS awsdatacatalog",
  `SET temp_directory = ${literal(`${folder}/spill`)}`,
  `SET allowed_directories = [${[folder, ...(warehouse === undefined ? [] : [warehouse])].map(literal).join(', ')}]`,
  'SET enable_external_access = false',
];

async function createViews(
  connection: DuckDBConnection,
  run: Sandbox['run'],
  { select, warehouse, database }: SandboxOptions & { readonly select: string },
): Promise<void> {
  const databases = new Set([...listDatabases(warehouse), database]);
  for (const name of databases) await run(`CREATE SCHEMA IF NOT EXISTS awsdatacatalog.${identifier(name)}`);
  // Only what the query names, so that a damaged file of another table does not matter.
  const named = new Set(connection.getTableNames(select, false).map((name) => name.toLowerCase()));
  for (const table of listTables(warehouse).filter(({ name }) => named.has(name.toLowerCase()))) {
    try {
      await run(`CREATE VIEW awsdatacatalog.${qualifiedName(table)} AS SELECT * FROM ${scanOf(table)}`);
    } catch (thrown) {
      throw new QueryFailure(`HIVE_BAD_DATA: ${qualifiedName(table)}: ${(thrown as Error).message}`, thrown);
    }
  }
}

/** One statement, and of the kind that may stand in parentheses behind FROM: nothing else reads without writing. */
async function requireOneQuery(connection: DuckDBConnection, select: string): Promise<void> {
  const statements = await connection.extractStatements(select);
  if (statements.count !== 1) throw new QueryFailure('SYNTAX_ERROR: Only one sql statement is allowed.');
  await connection.extractStatements(`SELECT * FROM (${select}\n) AS query`);
}
