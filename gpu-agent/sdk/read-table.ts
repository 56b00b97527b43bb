import { type Table, tableFromIPC } from 'apache-arrow';

const ARROW_MAGIC = 'ARROW1';

/** The rows of a file of a shard: an Arrow IPC file or a Parquet file, by its first bytes. */
export function readTable(bytes: Uint8Array): Promise<Table> | Table {
  const isArrow = new TextDecoder('latin1').decode(bytes.subarray(0, ARROW_MAGIC.length)) === ARROW_MAGIC;
  return isArrow ? tableFromIPC(bytes) : readParquet(bytes);
}

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
