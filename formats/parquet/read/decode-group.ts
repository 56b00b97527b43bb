import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import { plainBatch } from '#formats/arrow/values/plain.ts';
import type { ReadRange } from '#formats/read-ahead/ranges.ts';
import { corrupt } from '../corrupt.ts';
import type { ParquetDecoder, ParquetPorts, RowsWanted } from '../decoder.ts';
import type { ColumnChunk } from '../footer/footer.ts';
import { checkDecimals } from './check-decimals.ts';
import type { NeededGroup, OpenFile } from './open-file.ts';
import { checkPages } from './pages.ts';
import { type PlaceWithin, placed } from './placed.ts';

/** Rows that are decoded at once: a row group may have a million. */
const BATCH_ROWS = 16_384;

/** The rows of a row group whose chunks are there. LS_PARQUET_CORRUPT, also where there are fewer rows than it says. */
export async function* decodeGroup(
  { parquet }: ParquetPorts,
  { table, footers, schema }: OpenFile,
  group: NeededGroup,
  reads: readonly ReadRange<ColumnChunk>[],
): AsyncGenerator<RecordBatch, void, void> {
  const place = { uri: table.uri, where: `row group ${group.number}` };
  for (const { range, bytes } of reads) {
    const where = `${place.where}, column \`${range.path.join('.')}\``;
    await placed({ ...place, where }, () => checkPages(bytes, range));
  }
  const columns = schema.fields.map(({ name }) => name);
  const end = { offset: table.schema.offset, bytes: footers.of(group.number) };
  const wanted = (names: readonly string[]): RowsWanted => ({
    ...{ end, columns: names, batchRows: BATCH_ROWS },
    ...neededOf(reads, names),
  });
  let rows = 0;
  for await (const batch of batchesOf(parquet, { columns, wanted, place })) {
    rows += batch.numRows;
    const plain = plainBatch(batch.select(columns), schema);
    await placed(place, () => checkDecimals(plain));
    yield plain;
  }
  if (rows === group.rows) return;
  throw corrupt(place, `${place.where} has ${rows} rows, the footer says ${group.rows}`);
}

function neededOf(reads: readonly ReadRange<ColumnChunk>[], names: readonly string[]) {
  const needed = reads.filter(({ range }) => names.includes(range.path[0] ?? ''));
  return {
    chunks: needed.map(({ range, bytes }) => ({ offset: range.offset, bytes })),
    decodedBytes: needed.reduce((sum, { range }) => sum + range.decodedBytes, 0),
  };
}

interface Wanted {
  readonly columns: readonly string[];
  readonly wanted: (columns: readonly string[]) => RowsWanted;
  readonly place: PlaceWithin;
}

/** The rows as they are decoded. */
async function* batchesOf(
  parquet: ParquetDecoder,
  { columns, wanted, place }: Wanted,
): AsyncGenerator<RecordBatch, void, void> {
  try {
    for await (const stream of parquet.rows(wanted(columns))) yield* RecordBatchReader.from(stream);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const column = await columnAtFault(parquet, columns, wanted);
    throw corrupt(place, `${place.where}${column} cannot be decoded: ${error.message}`, error);
  }
}

const isDamage = (error: unknown): error is LockstepError =>
  error instanceof LockstepError && error.code === 'LS_PARQUET_CORRUPT';

/** `, column x,`: the first that cannot be decoded by itself. Decoders do not say in which column they failed. */
async function columnAtFault(
  parquet: ParquetDecoder,
  columns: readonly string[],
  wanted: (columns: readonly string[]) => RowsWanted,
): Promise<string> {
  for (const name of columns) {
    try {
      for await (const _rows of parquet.rows(wanted([name])));
    } catch (error) {
      if (isDamage(error)) return `, column \`${name}\`,`;
      throw error;
    }
  }
  return '';
}
