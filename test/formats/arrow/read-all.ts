import type { RecordBatch } from 'apache-arrow';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';
import { readBatches } from '#formats/arrow/read/frames.ts';
import { openArrow } from '#formats/arrow/read/open.ts';
import { locateArrow } from '#formats/table/locate.ts';

const URI = 's3://data/in.arrow';

/** Every record batch of an object, read the way a partition is read. */
export async function readAll(bytes: Uint8Array, objects: Objects = memoryObjects()): Promise<RecordBatch[]> {
  await objects.put(URI, bytes);
  const { layout } = await locateArrow(objects, (await objects.head(URI)) as ObjectHead);
  const context = await openArrow(objects, layout);
  const batches: RecordBatch[] = [];
  for await (const batch of readBatches({ objects, layout, context, blocks: layout.batches })) batches.push(batch);
  return batches;
}
