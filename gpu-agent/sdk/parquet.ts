import { type Table, tableFromIPC } from 'apache-arrow';

/**
 * Reads a whole Parquet file as an Arrow table. parquet-wasm is loaded on first use and stays outside of bundles: the
 * agent links its own copy beside the code package.
 */
export async function readParquet(bytes: Uint8Array): Promise<Table> {
  const parquet = await import('parquet-wasm');
  const table = parquet.readParquet(bytes);
  // `intoIPCStream` frees the wasm table.
  return tableFromIPC(table.intoIPCStream());
}
