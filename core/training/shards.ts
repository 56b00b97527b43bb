/** The shard manifest that Stage writes and tasks read: which rows of which object belong to which rank. */
export interface Shard {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  /** Of the whole object. */
  readonly sizeBytes: number;
  readonly format: 'arrow-file' | 'arrow-stream' | 'parquet';
  /** The rows that belong to the rank; undefined where all of the object do. */
  readonly slice?: RowSlice;
}

/** Rows `from` up to but not including `to` of an object, and the record batches or row groups that they lie in. */
export interface RowSlice {
  readonly from: number;
  readonly to: number;
  /** Blocks `from` up to but not including `to`; `firstRow` is the row of the object that the first of them begins with. */
  readonly blocks: { readonly from: number; readonly to: number; readonly firstRow: number };
}

export interface ShardManifest {
  readonly version: 2;
  readonly runId: string;
  /** Index = rank. Every row of the data is in exactly one list, and no list is empty. */
  readonly byRank: readonly (readonly Shard[])[];
}
