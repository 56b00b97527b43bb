import { type Dirent, readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { identifier, literal } from './sql-text.ts';

/** A table of the warehouse: one file, or every file of its format in a folder. */
export interface WarehouseTable {
  readonly database: string;
  readonly name: string;
  readonly format: Format;
  readonly files: readonly string[];
  /** Whether the files lie in folders `column=value`, which are columns of the table. */
  readonly isPartitioned: boolean;
}

type Format = 'parquet' | 'csv' | 'json';

const ENDINGS: Readonly<Record<string, Format>> = {
  '.parquet': 'parquet',
  '.csv': 'csv',
  '.json': 'json',
  '.jsonl': 'json',
  '.ndjson': 'json',
};

/**
 * `<folder>/<database>/<table>.parquet`, `.csv`, `.json` (an object a line), or a folder `<table>` of such files, which may
 * lie in folders `column=value`. No folder: no tables.
 */
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

const SCANS: Readonly<Record<Format, readonly [reader: string, ...options: string[]]>> = {
  parquet: ['read_parquet'],
  csv: ['read_csv', 'header = true'],
  json: ['read_json', "format = 'newline_delimited'"],
};

/** The relation that reads a table's files, e.g. `read_parquet(['/data/a.parquet'])`. */
export function scanOf({ format, files, isPartitioned }: WarehouseTable): string {
  const [reader, ...options] = SCANS[format];
  const partitions = `hive_partitioning = ${isPartitioned}`;
  return `${reader}([${files.map(literal).join(', ')}], ${[...options, partitions].join(', ')})`;
}

/** `"database"."table"` */
export const qualifiedName = (table: WarehouseTable) => `${identifier(table.database)}.${identifier(table.name)}`;

function tableOf(database: string, path: string, entry: Dirent): WarehouseTable | undefined {
  const at = join(path, entry.name);
  if (!entry.isDirectory()) {
    const format = formatOf(entry.name);
    const name = basename(entry.name, extname(entry.name));
    return format && { database, name, format, files: [at], isPartitioned: false };
  }
  const inside = filesIn(at);
  const format = inside.map(formatOf).find((found) => found !== undefined);
  const files = inside.filter((file) => formatOf(file) === format);
  const isPartitioned = files.some((file) => file.slice(at.length).split('/').length > 2);
  return format && { database, name: entry.name, format, files, isPartitioned };
}

/** Files of a folder, and of the partitions below it, in the order of their paths. */
function filesIn(folder: string): readonly string[] {
  const found = entries(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return entry.name.includes('=') ? filesIn(path) : [];
  });
  return found.sort();
}

function entries(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.name.startsWith('.'));
}

const formatOf = (file: string): Format | undefined => ENDINGS[extname(file)];
