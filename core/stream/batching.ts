/** Dynamic batching: which records are given to the model together, and when a batch waits no longer. */

/** A record whose rows are known. */
export interface SizedRecord {
  /** Records of other columns, or that must stay alone, have another shape. */
  readonly shape: string;
  readonly rows: number;
  readonly sizeBytes: number;
  /** Records of one group become visible in their order. */
  readonly group?: string | undefined;
}

export interface BatchLimits {
  /** Most rows of a batch; a record that has more is a batch of its own. */
  readonly maxRows: number;
  /** Most bytes of rows of a batch; likewise. */
  readonly maxBytes: number;
  /** Most records of a batch: all of them are committed by one transaction. */
  readonly maxRecords: number;
}

interface OpenBatch<R> {
  readonly shape: string;
  readonly records: R[];
  rows: number;
  sizeBytes: number;
}

/**
 * Divides records into batches, each of one shape and within the limits, which are to be committed one after the other. A
 * record joins the first batch that has room for it and is not before one that an earlier record of its group is in, so that
 * order within a group holds while groups and shapes share batches. Within a batch the records keep their order.
 */
export function batches<R extends SizedRecord>(records: readonly R[], limits: BatchLimits): readonly (readonly R[])[] {
  const open: OpenBatch<R>[] = [];
  /** Group → the batch that its last record is in. */
  const last = new Map<string, number>();
  for (const record of records) {
    const from = record.group === undefined ? 0 : (last.get(record.group) ?? 0);
    let at = open.findIndex((batch, index) => index >= from && hasRoom(batch, record, limits));
    if (at < 0) at = open.push({ shape: record.shape, records: [], rows: 0, sizeBytes: 0 }) - 1;
    const batch = open[at] as OpenBatch<R>;
    batch.records.push(record);
    batch.rows += record.rows;
    batch.sizeBytes += record.sizeBytes;
    if (record.group !== undefined) last.set(record.group, at);
  }
  return open.map((batch) => batch.records);
}

const hasRoom = (
  batch: OpenBatch<SizedRecord>,
  { shape, rows, sizeBytes }: SizedRecord,
  limits: BatchLimits,
): boolean =>
  batch.shape === shape &&
  batch.records.length < limits.maxRecords &&
  batch.rows + rows <= limits.maxRows &&
  batch.sizeBytes + sizeBytes <= limits.maxBytes;

/** What waits to be taken. */
export interface Waiting {
  readonly records: number;
  readonly sizeBytes: number;
  /** How long the first of it has waited. */
  readonly waitedMs: number;
}

/** Whether what waits is to be taken now: enough of it, or for long enough. */
export const isDue = (
  { records, sizeBytes, waitedMs }: Waiting,
  limits: Pick<BatchLimits, 'maxBytes' | 'maxRecords'> & { readonly maxDelayMs: number },
): boolean =>
  records > 0 && (records >= limits.maxRecords || sizeBytes >= limits.maxBytes || waitedMs >= limits.maxDelayMs);
