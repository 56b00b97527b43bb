/**
 * Every format that a table can have. A new one is a `TableFormat` in a folder of its own, and a line here.
 */
import type { RecordBatch, Schema } from 'apache-arrow';
import { invariant, LockstepError } from '#core/errors.ts';
import type { FormatName, TableObject } from '#core/inference/layout.ts';
import type { Located, ObjectStart, OpenTable, ReadObjects, TableFormat } from '#core/inference/table-format.ts';
import type { ObjectHead } from '#core/objects/ports.ts';
import { arrowFile, arrowStream } from '#formats/arrow/format.ts';
import type { ParquetPorts } from '#formats/parquet/decoder.ts';
import { parquet } from '#formats/parquet/format.ts';
import { readingWhole } from '#formats/read-ahead/whole-object.ts';
import { withFolderColumns } from './folder-columns.ts';

/** What reading tables needs of the world, whatever their format. */
export type TablePorts = ParquetPorts;

/** In the order in which they are asked; a stream has no magic, so it comes last. */
const FORMATS: readonly TableFormat<Schema, RecordBatch, TablePorts>[] = [arrowFile, parquet, arrowStream];

/** No object of any format is shorter. */
const MIN_BYTES = 8;
/** Enough for the schema message that most Arrow files begin with. */
const FIRST_READ_BYTES = 64 * 1024;

/**
 * Finds the columns and the blocks of an object by reading only what describes them. What its bytes are decides on the
 * format, not its name. LS_ARROW_CORRUPT if anything does not add up or nobody knows the format, LS_INPUT_CHANGED if
 * the object is overwritten meanwhile.
 */
export async function locateTable(ports: TablePorts, head: ObjectHead): Promise<Located<Schema>> {
  const reading = readingOf(ports, head);
  const { format, start } = await recognize(reading.objects, head);
  return format.locate(reading, start);
}

/** How many rows an object has, and where they may be cut without decoding any. */
export interface CountedTable {
  readonly format: FormatName;
  /** Rows of each block of `locateTable`. */
  readonly blockRows: readonly number[];
}

/** Counts the rows of an object from what describes them; needs no decoder. Errors as those of `locateTable`. */
export async function countRows(objects: ReadObjects, head: ObjectHead): Promise<CountedTable> {
  const { format, start } = await recognize(objects, head);
  return { format: format.name, blockRows: await format.countRows(objects, start) };
}

async function recognize(objects: ReadObjects, head: ObjectHead): Promise<Recognized> {
  const { uri, etag, sizeBytes } = head;
  if (sizeBytes < MIN_BYTES) throw unknown(head, `${sizeBytes} bytes are too few for an Arrow or a Parquet file`);
  const { bytes } = await objects.get(uri, { start: 0, end: Math.min(sizeBytes, FIRST_READ_BYTES), etag });
  const start = { head, bytes };
  const format = FORMATS.find((each) => each.claims(start));
  if (!format) throw unknown(head, 'expected an Arrow IPC file or stream or a Parquet file, got none of them');
  return { format, start };
}

interface Recognized {
  readonly format: (typeof FORMATS)[number];
  readonly start: ObjectStart;
}

/**
 * Opens a table that was located, for the named columns where its format can read single ones; all without. Columns of its
 * folders are among them.
 */
export async function openTable(
  ports: TablePorts,
  table: TableObject,
  columns?: readonly string[],
): Promise<OpenTable<Schema, RecordBatch>> {
  const format = FORMATS.find(({ name }) => name === table.format);
  invariant(format, `a plan names the format ${table.format}`);
  const opened = await format.open(readingOf(ports, table), table, columns);
  return table.folder === undefined ? opened : withFolderColumns(opened, table.folder, columns);
}

/** A getter stays one: a decoder is loaded when something is decoded. */
const readingOf = (ports: TablePorts, head: ObjectHead): TablePorts => ({
  objects: readingWhole(ports.objects, head),
  get parquet() {
    return ports.parquet;
  },
});

const unknown = ({ uri }: ObjectHead, what: string): LockstepError =>
  new LockstepError('LS_ARROW_CORRUPT', `${uri}: ${what}`);
