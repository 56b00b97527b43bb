/** Where things are in an Arrow object, as far as a plan needs to know. All offsets and sizes are in bytes. */

/** One encapsulated message: its metadata (with the length prefix) and directly behind it its body. */
export interface Block {
  readonly offset: number;
  readonly metadataBytes: number;
  readonly bodyBytes: number;
}

/** A range of an object. */
export interface Extent {
  readonly offset: number;
  readonly sizeBytes: number;
}

/** An Arrow object as its footer, or for a stream its messages, describe it. */
export interface ArrowLayout {
  readonly uri: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly format: 'file' | 'stream';
  /** The footer of a file, the first message of a stream. */
  readonly schema: Extent;
  readonly dictionaries: readonly Block[];
  readonly batches: readonly Block[];
}

export const blockBytes = (block: Block): number => block.metadataBytes + block.bodyBytes;
export const blockEnd = (block: Block): number => block.offset + blockBytes(block);
