/**
 * What decodes Parquet. parquet-wasm traps on damage that it does not foresee: its memory is lost then, and so is what waits
 * for it. So a decoder is a port, whose implementation can fail apart from the thread that asks.
 */
import type { ReadObjects } from '#core/inference/table-format.ts';

/** What reading Parquet needs of the world. */
export interface ParquetPorts {
  readonly objects: ReadObjects;
  readonly parquet: ParquetDecoder;
}

export interface ParquetDecoder {
  /**
   * The columns of a file as Arrow has them, from its end, the footer: an IPC stream without batches. LS_PARQUET_CORRUPT says
   * what is wrong, not where.
   */
  schema(end: Held): Promise<Uint8Array>;
  /**
   * The rows of a file of one row group, in order, as an IPC stream for each batch. LS_PARQUET_CORRUPT says what is wrong, not
   * where; it comes in bounded time, and the decoder goes on to decode other files.
   */
  rows(wanted: RowsWanted): AsyncIterable<Uint8Array>;
}

/** Bytes of a file, and where they are in it. */
export interface Held {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface RowsWanted {
  /** The end of the file, the footer. */
  readonly end: Held;
  /** Names of columns at the top. */
  readonly columns: readonly string[];
  /** Rows that are decoded at once, at most. */
  readonly batchRows: number;
  /** Every chunk of these columns. Its bytes are not read any more once the rows have ended. */
  readonly chunks: readonly Held[];
  /** What the chunks decode to, as the file says. */
  readonly decodedBytes: number;
}
