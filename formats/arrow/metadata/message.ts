import { corrupt, type Place } from '../check/corrupt.ts';
import { count64, FlatTable } from './flatbuffer.ts';

/** Header of an encapsulated message, read with every length checked. */
export interface MessageHeader {
  readonly kind: 'schema' | 'dictionary' | 'batch';
  readonly bodyBytes: number;
  /** The table of the header itself. */
  readonly table: FlatTable;
  /** The table of the message that the header is in. */
  readonly message: FlatTable;
}

/** What the header of a record batch (or of a dictionary, which contains one) says about its body. */
export interface BatchHeader {
  readonly rows: number;
  readonly nodes: readonly { readonly length: number; readonly nulls: number }[];
  readonly buffers: readonly { readonly offset: number; readonly length: number }[];
  /** For each column of views, in their order: how many buffers hold its longer values. */
  readonly variadicCounts: readonly number[];
  /** Undefined where the body is not compressed. */
  readonly codec: 'lz4' | 'zstd' | undefined;
}

/** Stands before the length of a message; not in files from before Arrow 0.15. */
export const CONTINUATION = 0xffffffff;
const MESSAGE = { headerType: 1, header: 2, bodyLength: 3 } as const;
const KINDS: Readonly<Record<number, MessageHeader['kind']>> = { 1: 'schema', 2: 'dictionary', 3: 'batch' };
const BATCH = { length: 0, nodes: 1, buffers: 2, compression: 3, variadicCounts: 4 } as const;
const DICTIONARY = { id: 0, data: 1 } as const;

/**
 * The length prefix in front of a message: how long the prefix is, and how long the metadata behind it. Files from
 * before Arrow 0.15 have no continuation marker. A length of zero marks the end of a stream.
 */
export function decodePrefix(bytes: Uint8Array): { readonly prefixBytes: 4 | 8; readonly metadataBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== CONTINUATION) return { prefixBytes: 4, metadataBytes: view.getUint32(0, true) };
  return { prefixBytes: 8, metadataBytes: view.getUint32(4, true) };
}

/** Reads the metadata of a message, without its length prefix. Throws RangeError where it ends too soon. */
export function decodeMessage(metadata: Uint8Array, place: Place): MessageHeader {
  const root = FlatTable.root(metadata);
  const kind = KINDS[root.uint8(MESSAGE.headerType)];
  const table = root.table(MESSAGE.header);
  if (!kind || !table) throw corrupt(place, 'a message is no schema, no dictionary and no record batch');
  return { kind, bodyBytes: root.int64(MESSAGE.bodyLength), table, message: root };
}

/** Which dictionary the message of a dictionary holds. */
export const dictionaryId = (header: MessageHeader): number => header.table.int64(DICTIONARY.id);

/** Reads the header of a record batch. Throws RangeError where it ends too soon. */
export function decodeBatch(header: MessageHeader): BatchHeader {
  const batch = batchTable(header);
  const compression = batch.table(BATCH.compression);
  return {
    rows: batch.int64(BATCH.length),
    nodes: batch.structs(BATCH.nodes, 16, (view) => ({ length: count64(view, 0), nulls: count64(view, 8) })),
    buffers: batch.structs(BATCH.buffers, 16, (view) => ({ offset: count64(view, 0), length: count64(view, 8) })),
    variadicCounts: batch.structs(BATCH.variadicCounts, 8, (view) => count64(view, 0)),
    codec: compression && (compression.uint8(0) === 0 ? 'lz4' : 'zstd'),
  };
}

/** Makes the header that of a body of `bodyBytes` without compression whose buffers lie in these regions. */
export function rewriteBody(header: MessageHeader, bodyBytes: number, regions: BatchHeader['buffers']): void {
  const batch = batchTable(header);
  header.message.setInt64(MESSAGE.bodyLength, bodyBytes);
  batch.omit(BATCH.compression);
  batch.rewriteStructs(BATCH.buffers, 16, (view, i) => {
    const { offset = 0, length = 0 } = regions[i] ?? {};
    view.setBigInt64(0, BigInt(offset), true);
    view.setBigInt64(8, BigInt(length), true);
  });
}

function batchTable({ kind, table }: MessageHeader): FlatTable {
  const batch = kind === 'dictionary' ? table.table(DICTIONARY.data) : table;
  if (!batch) throw new RangeError('a dictionary without data');
  return batch;
}
