/**
 * The one place where a function says which records of a batch must come again. A wrong answer loses records, or repeats
 * all: Lambda takes an empty list for "all are done", and one that names an unknown id for "none is".
 */

/** Names the records that must come again; all others are done. */
export interface PartialBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** A record of the batch, in the order of the batch. */
export interface Delivered {
  readonly id: string;
  /** Undefined where order is nobody's promise. */
  readonly group?: string | undefined;
  /** Whether it must come again. */
  readonly again: boolean;
}

/** Behind the first of a FIFO group that must come again, all of the group must: it would go on without that one else. */
export function queueResponse(records: readonly Delivered[]): PartialBatchResponse {
  const stopped = new Set<string>();
  const again = records.filter((record) => {
    const isBehind = record.group !== undefined && stopped.has(record.group);
    if (record.again && record.group !== undefined) stopped.add(record.group);
    return record.again || isBehind;
  });
  return namingOnce(again.map(({ id }) => id));
}

/**
 * Kinesis goes on behind the lowest sequence number that is named, or else behind the batch, so that one is enough: the
 * first, because a batch is in the order of its shard.
 */
export function shardResponse(records: readonly Delivered[]): PartialBatchResponse {
  const first = records.find(({ again }) => again);
  return namingOnce(first === undefined ? [] : [first.id]);
}

const namingOnce = (ids: readonly string[]): PartialBatchResponse => ({
  batchItemFailures: [...new Set(ids)].map((itemIdentifier) => ({ itemIdentifier })),
});
