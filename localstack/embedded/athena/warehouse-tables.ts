import { type Dirent, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { identifier, literal } from './sql-text.ts';

/** A table of the warehouse: one file, or every file of its format in a folder. */
export interface WarehouseTable {
  readonly database: string;
  readonly name: string;
  readonly format: Format;
  readonly files: readonly string[];
}

type Format = 'parquet' | 'csv';

/** `<folder>/<database>/<table>.parquet`, `.csv`, or a folder `<table>` of such files. No folder: no tables. */
export function listTables(folder: string | undefined): readonly WarehouseTable[] {
  if (folder === undefined) return [];
  return listDatabases(folder).flatMap((database) => {
    const path = join(folder, database);
    return entries(path).flatMap((entry) => tableOf(database, path, entry) ?? []);
  });
}

/** The folders directly below the warehouse. */
export function listDatabases(folder: string | undefined): readonly string[] {
  if (folder === undefined) return [];
  return entries(folder)
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** The relation that reads a table's files, e.g. `read_parquet(['/data/a.parquet'])`. */
export function scanOf({ format, files }: WarehouseTable): string {
  const list = files.map(literal).join(', ');
  return format === 'parquet' ? `read_parquet([${list}])` : `read_csv([${list}], header = true)`;
}

/** `"database"."table"` */
export const qualifiedName = (table: WarehouseTable) => `${identifier(table.database)}.${identifier(table.name)}`;

function tableOf(database: string, path: string, entry: Dirent): WarehouseTable | undefined {
  const at = join(path, entry.name);
  if (!entry.isDirectory()) {
    const format = formatOf(entry.name);
    return format && { database, name: basename(entry.name, extname(entry.name)), format, files: [at] };
  }
  const inside = entries(at).map((file) => file.name);
  const format = inside.map(formatOf).find((found) => found !== undefined);
  const files = inside.filter((file) => formatOf(file) === format).map((file) => join(at, file));
  return format && { database, name: entry.name, format, files: files.sort() };
}

function entries(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.name.startsWith('.'));
}

function formatOf(file: string): Format | undefined {
  if (file.endsWith('.parquet')) return 'parquet';
  return file.endsWith('.csv') ? 'csv' : undefined;
}
