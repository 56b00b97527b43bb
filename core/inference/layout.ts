/** Where things are in the object of a table, as far as a plan needs to know. All offsets and sizes are in bytes. */
import type { FolderColumn } from './folder-columns.ts';

/** A range of an object. */
export interface Extent {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** What is read and decoded by itself: a record batch of Arrow with its metadata, a row group of Parquet. */
export interface Block extends Extent {
  /** Known where the description of the object says so. */
  readonly rows?: number;
  /** Bytes of the rows once decoded; `sizeBytes` where they are left out. */
  readonly decodedBytes?: number;
}

/** The formats of tables; formats/table/formats.ts has what reads each. */
export type FormatName = 'arrow-file' | 'arrow-stream' | 'parquet';

/** An object without its blocks: what is needed to open it. */
export interface TableObject extends Omit<Extent, 'offset'> {
  readonly uri: string;
  readonly etag: string;
  readonly format: FormatName;
  /** What describes the columns: the footer of a file, the first message of a stream. */
  readonly schema: Extent;
  /** What must be read before any block. */
  readonly dictionaries: readonly Block[];
  /** Columns that the folders around it make; none where it is left out. */
  readonly folder?: readonly FolderColumn[];
}

export interface TableLayout extends TableObject {
  /** In the order of their rows. */
  readonly blocks: readonly Block[];
}

export const blockEnd = ({ offset, sizeBytes }: Extent): number => offset + sizeBytes;
