/** The shard manifest that Stage writes and tasks read: which object belongs to which rank. */
export interface Shard {
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface ShardManifest {
  readonly version: 1;
  readonly runId: string;
  readonly format: 'parquet';
  /** Index = rank. Every shard is in exactly one list. */
  readonly byRank: readonly (readonly Shard[])[];
}
