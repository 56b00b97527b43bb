import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { planFiles } from './file-plan.ts';
import type { Sandbox } from './sandbox.ts';
import { literal } from './sql-text.ts';
import type { UnloadStatement } from './unload-statement.ts';

const PROBE_ROWS = 2048;

/** Runs the query and writes its rows, in their order, as Parquet files into the folder; no rows make no file. */
export async function writeResult(
  sandbox: Sandbox,
  { select, compression }: Pick<UnloadStatement, 'select' | 'compression'>,
  folder: string,
): Promise<readonly string[]> {
  // A line comment at the end of the query must not swallow what follows it.
  await sandbox.run(`CREATE TEMP TABLE unloaded AS (${select}\n)`);
  const [counted] = await sandbox.run('SELECT count(*) AS rows FROM unloaded');
  const rows = Number(counted?.rows);
  if (rows === 0) return [];

  const write = async (name: string, range: { first: number; last: number }, options: string) => {
    const path = join(folder, name);
    await sandbox.run(
      `COPY (SELECT * FROM unloaded WHERE rowid BETWEEN ${range.first} AND ${range.last}) TO ${literal(path)} ` +
        `(FORMAT parquet, COMPRESSION ${compression}${options})`,
    );
    return path;
  };
  const probe = await write('probe', { first: 0, last: PROBE_ROWS - 1 }, '');
  const bytesPerRow = (await stat(probe)).size / Math.min(rows, PROBE_ROWS);
  const { rowsPerFile, rowsPerGroup } = planFiles(rows, bytesPerRow);
  const files: string[] = [];
  for (let first = 0; first < rows; first += rowsPerFile) {
    const range = { first, last: Math.min(first + rowsPerFile, rows) - 1 };
    files.push(await write(`part-${files.length}`, range, `, ROW_GROUP_SIZE ${rowsPerGroup}`));
  }
  return files;
}
