import type { RecordBatch, Schema } from 'apache-arrow';
import type { ParquetFile } from 'parquet-wasm';
import { invariant } from '#core/errors.ts';
import type { Block, TableObject } from '#core/inference/layout.ts';
import type { Frame, OpenTable, ReadObjects, ReadOptions } from '#core/inference/table-format.ts';
import { plainBatch, plainSchema } from '#formats/arrow/values/plain.ts';
import { type ReadRange, readRanges } from '#formats/read-ahead/ranges.ts';
import { corrupt } from '../corrupt.ts';
import { type ColumnChunk, decodeFooter, type RowGroup, rowGroupExtent } from '../footer/footer.ts';
import { checkPages } from '../footer/pages.ts';
import { ObjectFile } from './object-file.ts';
import { arrowSchema, openFile, rowsOf } from './wasm.ts';

/** Rows that are decoded at once: a row group may have a million. */
const BATCH_ROWS = 16_384;
/** Length of the footer and magic, at the end. */
export const TAIL_BYTES = 8;

interface OpenFile {
  readonly objects: ReadObjects;
  readonly table: TableObject;
  readonly file: ObjectFile;
  readonly parquet: ParquetFile;
  /** Of the columns that are needed. */
  readonly schema: Schema;
}

/** A row group with its number and the columns that are needed. */
interface NeededGroup extends RowGroup {
  readonly number: number;
}

/** A Parquet object, ready to be read: of each row group only the columns that are needed. */
export async function openParquet(
  objects: ReadObjects,
  table: TableObject,
  columns?: readonly string[],
): Promise<OpenTable<Schema, RecordBatch>> {
  const { uri, etag, schema: at } = table;
  const { bytes } = await objects.get(uri, { start: at.offset, end: at.offset + at.sizeBytes + TAIL_BYTES, etag });
  const { rowGroups } = decodeFooter(bytes.subarray(0, at.sizeBytes), at.offset, table);
  const file = new ObjectFile(objects, table);
  file.hold({ offset: at.offset, bytes });
  const parquet = await openFile(file, table);
  const whole = plainSchema(arrowSchema(parquet, table));
  const schema = whole.select(whole.fields.map(({ name }) => name).filter((name) => columns?.includes(name) ?? true));
  const opened = { objects, table, file, parquet, schema };
  return {
    uri,
    schema,
    frames: (blocks, options) => framesOf(opened, neededGroups(blocks, rowGroups, schema), options),
  };
}

/** The row groups that blocks of the plan stand for, with the chunks of the columns of `schema`. */
function neededGroups(blocks: readonly Block[], rowGroups: readonly RowGroup[], schema: Schema): NeededGroup[] {
  const names = new Set(schema.fields.map(({ name }) => name));
  const byOffset = new Map(rowGroups.map((group, number) => [rowGroupExtent(group).offset, { ...group, number }]));
  return blocks.map(({ offset }) => {
    const group = byOffset.get(offset);
    invariant(group, `the plan has a row group at byte ${offset}`);
    return { ...group, chunks: group.chunks.filter(({ path: [top = ''] }) => names.has(top)) };
  });
}

async function* framesOf(
  opened: OpenFile,
  groups: readonly NeededGroup[],
  options: ReadOptions | undefined,
): AsyncGenerator<Frame<RecordBatch>, void, void> {
  const { objects, table } = opened;
  const ranges = groups.flatMap(({ chunks }) => chunks);
  let reads: ReadRange<ColumnChunk>[] = [];
  let next = 0;
  for await (const read of readRanges(objects, { uri: table.uri, etag: table.etag, ranges }, options)) {
    reads.push(read);
    const group = groups[next] as NeededGroup;
    if (reads.length < group.chunks.length) continue;
    const chunks = reads;
    yield {
      decode: () => decoded(opened, group, chunks),
      release: () => {
        for (const { release } of chunks) release();
      },
    };
    reads = [];
    next++;
  }
}

/** The rows of a row group whose chunks are there. LS_PARQUET_CORRUPT, also where there are fewer rows than it says. */
async function* decoded(
  { table, file, parquet, schema }: OpenFile,
  group: NeededGroup,
  reads: readonly ReadRange<ColumnChunk>[],
): AsyncGenerator<RecordBatch, void, void> {
  const columns = schema.fields.map(({ name }) => name);
  const held = reads.map(({ range: { offset }, bytes }) => ({ offset, bytes }));
  let rows = 0;
  try {
    for (const [i, { range, bytes }] of reads.entries()) {
      checkPages(bytes, range, table);
      file.hold(held[i] as (typeof held)[number]);
    }
    for await (const batch of rowsOf(parquet, { rowGroup: group.number, columns, batchRows: BATCH_ROWS }, table)) {
      rows += batch.numRows;
      yield plainBatch(batch.select(columns), schema);
    }
  } finally {
    for (const each of held) file.letGo(each);
  }
  if (rows === group.rows) return;
  throw corrupt(table, `row group ${group.number} has ${rows} rows, the footer says ${group.rows}`);
}
