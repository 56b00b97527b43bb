import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Rows of `shop.pixels`: enough for several files and row groups, with a list of floats each. */
export const PIXEL_ROWS = 6000;

/**
 * A warehouse: `shop.pixels` is one Parquet file, `shop.orders` a folder of two CSV files, `other.pixels` another table
 * of that name, `shop.broken` is not Parquet, `shop.visits` is JSON in lines, `shop.days` CSV in folders `day=…`.
 */
export async function writeWarehouse(folder: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const database of ['shop', 'other']) mkdirSync(join(folder, database), { recursive: true });
  const pixels = `SELECT i::INTEGER AS id, [i / 2, i / 4]::FLOAT[] AS pixels, 'row ' || i AS name, (i % 10)::UTINYINT AS label`;
  await connection.run(
    `COPY (${pixels} FROM range(${PIXEL_ROWS}) t(i)) TO '${folder}/shop/pixels.parquet' (FORMAT parquet)`,
  );
  await connection.run(`COPY (SELECT 7 AS id) TO '${folder}/other/pixels.parquet' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
  mkdirSync(join(folder, 'shop', 'orders'));
  writeFileSync(join(folder, 'shop', 'orders', '1.csv'), 'id,price\n1,1.5\n2,2.5\n');
  writeFileSync(join(folder, 'shop', 'orders', '2.csv'), 'id,price\n3,3.5\n');
  writeFileSync(join(folder, 'shop', 'broken.parquet'), 'this is not Parquet');
  writeFileSync(join(folder, 'shop', 'visits.jsonl'), '{"id":1,"seen":[1,2]}\n{"id":2,"seen":[]}\n');
  for (const day of [1, 2]) {
    mkdirSync(join(folder, 'shop', 'days', `day=${day}`), { recursive: true });
    writeFileSync(join(folder, 'shop', 'days', `day=${day}`, 'a.csv'), `id\n${10 * day}\n`);
  }
}

/** Reads Parquet files back with an engine that the service has no part in. */
export async function readParquet(files: readonly string[], sql: (table: string) => string) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const table = `read_parquet([${files.map((file) => `'${file}'`).join(', ')}])`;
  const rows = (await connection.runAndReadAll(sql(table))).getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
}
