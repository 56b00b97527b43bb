import type { RecordBatch } from 'apache-arrow';
import { newPart, type PartBuffer } from '#formats/arrow/write/part-writer.ts';

/** One record batch as an Arrow IPC file, in memory that can be handed to another thread. */
export function batchBytes(batch: RecordBatch, buffer: PartBuffer): Uint8Array<ArrayBuffer> {
  const writer = newPart(batch.schema, buffer);
  writer.write(batch);
  return writer.finish().bytes.slice();
}
