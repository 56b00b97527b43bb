import type { RecordBatch } from 'apache-arrow';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';
import { arrowFileBytes, PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { outputShape } from '#formats/arrow/write/prediction.ts';
import { batchShape } from '#formats/arrow/write/prediction-batch.ts';
import { locateTable, openTable } from '#formats/table/formats.ts';
import { LABEL_AND_SCORE } from './label-and-score.ts';

/** One for all: its threads are kept warm. */
const parquet = workerDecoder();
const URI = 's3://data/in.arrow';

/** Every record batch of an object, read the way a partition is read. */
export async function readAll(bytes: Uint8Array, objects: Objects = memoryObjects()): Promise<RecordBatch[]> {
  await objects.put(URI, bytes);
  const { layout } = await locateTable({ objects, parquet }, (await objects.head(URI)) as ObjectHead);
  const table = await openTable({ objects, parquet }, layout);
  const batches: RecordBatch[] = [];
  for await (const frame of table.frames(layout.blocks)) {
    for await (const batch of frame.decode()) batches.push(batch);
  }
  return batches;
}

/** The batches with predictions beside them, as a part. */
export function partOf(batches: readonly RecordBatch[]): Uint8Array {
  const schema = batches[0]?.schema;
  if (!schema) throw new Error('no batch');
  const columns = schema.fields.map(({ name, nullable }) => ({ name, nullable }));
  const output = outputShape(schema, { columns, as: 'prediction', fields: LABEL_AND_SCORE, provenance: {} });
  const shape = batchShape(LABEL_AND_SCORE);
  const predicted = batches.map((batch) => {
    const labels = Int32Array.from({ length: batch.numRows }, (_, i) => i);
    return output.withPredictions(batch, shape(batch.numRows, [labels, new Float32Array(batch.numRows)]));
  });
  return Uint8Array.from(arrowFileBytes(output.schema, predicted, new PartBuffer()));
}
