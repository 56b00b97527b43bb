import type { RecordBatch } from 'apache-arrow';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';
import { locateTable, openTable } from '#formats/table/formats.ts';

const URI = 's3://data/in.arrow';

/** Every record batch of an object, read the way a partition is read. */
export async function readAll(bytes: Uint8Array, objects: Objects = memoryObjects()): Promise<RecordBatch[]> {
  await objects.put(URI, bytes);
  const { layout } = await locateTable(objects, (await objects.head(URI)) as ObjectHead);
  const table = await openTable(objects, layout);
  const batches: RecordBatch[] = [];
  for await (const frame of table.frames(layout.blocks)) {
    for await (const batch of frame.decode()) batches.push(batch);
  }
  return batches;
}
