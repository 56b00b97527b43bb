/** Ranks whose payloads lie in one partition of the table: 2 MB of them at most. */
export const RANKS_OF_SHARD = 32;

/** What a partition takes a second: writes of 1 KB, strongly consistent reads of 4 KB. */
const WRITES = 1_000;
const READS = 3_000;
/** What a table takes a second that has seen no load before; it grows in minutes, not within a barrier. */
const TABLE_WRITES = 4_000;
const TABLE_READS = 12_000;

/** An allGather in which every rank brings so many bytes, and every host reads them all. */
export interface Gathering {
  readonly hosts: number;
  readonly worldSize: number;
  readonly payloadBytes: number;
}

/** Seconds that DynamoDB needs for it at the least: by its partitions' rates, or by those of the table. */
export function gatherSeconds({ hosts, worldSize, payloadBytes }: Gathering): number {
  const shards = Math.ceil(worldSize / RANKS_OF_SHARD);
  const writes = worldSize * Math.ceil(payloadBytes / 1024);
  // A query counts what it reads as a whole, in steps of 4 KB.
  const reads = hosts * Math.ceil((worldSize * payloadBytes) / 4096);
  return writes / Math.min(WRITES * shards, TABLE_WRITES) + reads / Math.min(READS * shards, TABLE_READS);
}

/** Why it cannot be done in the time that is given; undefined if it can. */
export function gatherRefusal(gathering: Gathering, timeoutMs: number): string | undefined {
  const seconds = gatherSeconds(gathering);
  if (seconds * 1000 <= timeoutMs) return undefined;
  const { hosts, worldSize, payloadBytes } = gathering;
  const megabytes = ((worldSize * payloadBytes) / 2 ** 20).toFixed(1);
  return `${payloadBytes} bytes from each of ${worldSize} ranks are ${megabytes} MB that each of ${hosts} hosts reads: that takes the table ${Math.ceil(seconds)} s at the least, and the deadline is ${timeoutMs / 1000} s. Put large payloads into S3 and gather their names`;
}
