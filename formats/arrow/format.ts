/** The two forms of Arrow IPC: a file, which a footer describes, and a stream, which is read from message to message. */
import type { RecordBatch, Schema } from 'apache-arrow';
import type { ObjectStart, ReadObjects, TableFormat } from '#core/inference/table-format.ts';
import { countBatchRows } from './locate/count-rows.ts';
import { locateFile } from './locate/file.ts';
import { locateStream } from './locate/stream.ts';
import { openArrow } from './read/open.ts';

const MAGIC = 'ARROW1';

interface ArrowPorts {
  readonly objects: ReadObjects;
}

type ArrowFormat = TableFormat<Schema, RecordBatch, ArrowPorts>;

export const arrowFile: ArrowFormat = {
  name: 'arrow-file',
  claims: ({ bytes }) => new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length)) === MAGIC,
  locate: ({ objects }, start) => locateFile(objects, start),
  countRows: async (objects, start) => countBatchRows(objects, (await locateFile(objects, start)).layout),
  open: ({ objects }, table, columns) => openArrow(objects, table, columns),
};

export const arrowStream: ArrowFormat = {
  name: 'arrow-stream',
  claims: startsWithMessage,
  locate: ({ objects }, start) => locateStream(objects, start),
  countRows: async (objects, start) => countBatchRows(objects, (await locateStream(objects, start)).layout),
  open: ({ objects }, table, columns) => openArrow(objects, table, columns),
};

/** A stream starts with the length of the schema message: behind a marker, or at once in files before Arrow 0.15. */
function startsWithMessage({ bytes, head }: ObjectStart): boolean {
  const first = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
  return first === 0xffffffff || (first > 0 && first % 4 === 0 && first < head.sizeBytes);
}
