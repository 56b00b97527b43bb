import type { RecordBatch, Schema } from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import type { Block, TableObject } from '#core/inference/layout.ts';
import type { Frame, OpenTable, ReadOptions } from '#core/inference/table-format.ts';
import { plainSchema } from '#formats/arrow/values/plain.ts';
import { type ReadRange, readRanges } from '#formats/read-ahead/ranges.ts';
import type { ParquetPorts } from '../decoder.ts';
import { type ColumnChunk, decodeFooter, type RowGroup, rowGroupExtent } from '../footer/footer.ts';
import { decodeGroup } from './decode-group.ts';
import type { NeededGroup, OpenFile } from './open-file.ts';
import { readSchema } from './read-schema.ts';

/** A Parquet object, ready to be read: of each row group only the columns that are needed. */
export async function openParquet(
  ports: ParquetPorts,
  table: TableObject,
  columns?: readonly string[],
): Promise<OpenTable<Schema, RecordBatch>> {
  const { uri, etag, schema: at } = table;
  const { bytes } = await ports.objects.get(uri, { start: at.offset, end: at.offset + at.sizeBytes, etag });
  const { rowGroups, footers } = decodeFooter(bytes, at.offset, table);
  const whole = plainSchema(await readSchema(ports, { offset: at.offset, bytes: footers.of(undefined) }, table));
  const names = whole.fields.map(({ name }) => name);
  const needed = names.filter((name) => columns?.includes(name) ?? true);
  // Where no column is needed one is read all the same: rows are counted by what is decoded.
  const schema = whole.select(needed.length > 0 ? needed : names.slice(0, 1));
  const opened = { table, footers, schema };
  return {
    uri,
    schema,
    frames: (blocks, options) => framesOf(ports, opened, neededGroups(blocks, rowGroups, schema), options),
  };
}

/** The row groups that blocks of the plan stand for, with the chunks of the columns of `schema`. */
function neededGroups(blocks: readonly Block[], rowGroups: readonly RowGroup[], schema: Schema): NeededGroup[] {
  const names = new Set(schema.fields.map(({ name }) => name));
  const numbered = rowGroups.map((group, number) => ({ ...group, number })).filter(({ rows }) => rows > 0);
  const byOffset = new Map(numbered.map((group) => [rowGroupExtent(group).offset, group]));
  return blocks.map(({ offset }) => {
    const group = byOffset.get(offset);
    invariant(group, `the plan has a row group at byte ${offset}`);
    return { ...group, chunks: group.chunks.filter(({ path: [top = ''] }) => names.has(top)) };
  });
}

async function* framesOf(
  ports: ParquetPorts,
  opened: OpenFile,
  groups: readonly NeededGroup[],
  options: ReadOptions | undefined,
): AsyncGenerator<Frame<RecordBatch>, void, void> {
  const { uri, etag } = opened.table;
  const ranges = groups.flatMap(({ chunks }) => chunks);
  let reads: ReadRange<ColumnChunk>[] = [];
  let next = 0;
  for await (const read of readRanges(ports.objects, { uri, etag, ranges }, options)) {
    reads.push(read);
    const group = groups[next] as NeededGroup;
    if (reads.length < group.chunks.length) continue;
    const chunks = reads;
    yield {
      decode: () => decodeGroup(ports, opened, group, chunks),
      release: () => {
        for (const { release } of chunks) release();
      },
    };
    reads = [];
    next++;
  }
}
