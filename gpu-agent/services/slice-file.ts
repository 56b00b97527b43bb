import { type FileHandle, open } from 'node:fs/promises';
import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import { objectUri } from '#core/objects/addresses.ts';
import type { Shard } from '#core/training/shards.ts';
import { plainBatch, plainSchema } from '#formats/arrow/values/plain.ts';
import { joinedArrow } from '#formats/arrow/write/joined.ts';
import { locateTable, openTable, type TablePorts } from '#formats/table/formats.ts';

/**
 * Writes the rows of a shard into a new Arrow IPC file, without compression, so that tasks can map it into memory. What is
 * read, decoded and held at a time is a record batch or a row group, whatever the sizes of object and shard.
 * LS_INPUT_CHANGED, LS_ARROW_CORRUPT, LS_PARQUET_CORRUPT with the name of the object.
 */
export async function writeSlice(tables: TablePorts, shard: Shard, path: string): Promise<void> {
  const { bucket, key, etag, sizeBytes, slice } = shard;
  const { layout } = await locateTable(tables, { uri: objectUri(bucket, key), etag, sizeBytes });
  const table = await openTable(tables, layout);
  const schema = plainSchema(table.schema);
  const writer = joinedArrow(schema, 'file');
  const blocks = layout.blocks.slice(slice?.blocks.from, slice?.blocks.to);
  const range = { from: slice?.from ?? 0, to: slice?.to ?? Number.POSITIVE_INFINITY };
  await using file = await open(path, 'wx');
  await append(file, writer.begin());
  let row = slice?.blocks.firstRow ?? 0;
  for await (const frame of table.frames(blocks)) {
    for await (const batch of frame.decode()) {
      const part = within(batch, row, range);
      if (part !== undefined) await append(file, writer.write(plainBatch(part, schema)));
      row += batch.numRows;
      if (row >= range.to) break;
    }
    frame.release();
  }
  if (slice !== undefined && row < slice.to) {
    const found = `its blocks ${slice.blocks.from} to ${slice.blocks.to} end before row ${row}`;
    throw new LockstepError('LS_INPUT_CHANGED', `${layout.uri}: expected rows up to ${slice.to}, but ${found}`);
  }
  await append(file, writer.finish());
}

/** The rows of a batch that lie in the range, where `row` is the number of its first; undefined where none do. */
function within(batch: RecordBatch, row: number, { from, to }: { from: number; to: number }): RecordBatch | undefined {
  const first = Math.max(0, from - row);
  const end = Math.min(batch.numRows, to - row);
  if (first >= end) return undefined;
  return first === 0 && end === batch.numRows ? batch : batch.slice(first, end);
}

async function append(file: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  for (const chunk of chunks) await file.writeFile(chunk);
}
