import type { RecordBatch } from 'apache-arrow';
import { arrowFileBytes, type PartBuffer } from '#formats/arrow/write/part-writer.ts';

/** One record batch as an Arrow IPC file, in memory that can be handed to another thread. */
export const batchBytes = (batch: RecordBatch, buffer: PartBuffer): Uint8Array<ArrayBuffer> =>
  arrowFileBytes(batch.schema, [batch], buffer).slice();
