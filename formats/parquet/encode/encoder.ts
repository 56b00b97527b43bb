/** Encodes one Parquet file apart from the thread that asks: each call returns the bytes to append. */
export interface FileEncoder {
  /** Takes an IPC stream with the schema of those before it. LS_PARQUET_UNWRITABLE. */
  write(stream: Uint8Array): Promise<Uint8Array>;
  /** The rest of the file, with its footer. LS_PARQUET_UNWRITABLE. */
  finish(): Promise<Uint8Array>;
  /** Gives back its memory, finished or not. */
  stop(): Promise<void>;
}
