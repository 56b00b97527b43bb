import {
  type Data,
  type DataType,
  type Field,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  type Schema,
  Struct,
  util,
} from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import { Chunks } from './chunks.ts';

type Chunked = Uint8Array[] | Promise<Uint8Array[]>;

/** Writes record batches as they come: each call returns the bytes to append. */
export interface TableWriter {
  begin(): Chunked;
  write(batch: RecordBatch): Chunked;
  finish(): Chunked;
  /** Gives back what it holds, finished or not. */
  stop?(): Promise<void>;
}

/** A writer that answers at once. */
export interface DirectWriter extends TableWriter {
  begin(): Uint8Array[];
  write(batch: RecordBatch): Uint8Array[];
  finish(): Uint8Array[];
}

/**
 * An Arrow IPC file, or a stream. A file has one dictionary for each column, so parts with dictionaries of their own go only
 * into a stream.
 */
export function joinedArrow(schema: Schema, kind: 'file' | 'stream'): DirectWriter {
  let taken: Uint8Array[] = [];
  // Copied, because the memory that a chunk views is used again.
  const chunks = new Chunks((chunk) => taken.push(Uint8Array.from(chunk)));
  const take = () => {
    const all = taken;
    taken = [];
    return all;
  };
  const writer = kind === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
  return {
    begin() {
      writer.reset(chunks, schema);
      return take();
    },
    write(batch) {
      writer.write(under(batch, schema));
      return take();
    },
    finish() {
      writer.finish();
      return take();
    },
  };
}

/**
 * The batch under a schema of the same columns. Each part numbers its dictionaries by itself, and a writer that is given a
 * batch with other numbers ends the file without a word.
 */
function under(batch: RecordBatch, schema: Schema): RecordBatch {
  const { fields } = schema;
  const columns = batch.data.children.map((column, i) => retyped(column, (fields[i] as Field).type));
  const data = batch.data.clone(new Struct(fields), undefined, undefined, undefined, undefined, columns);
  const same = new RecordBatch(schema, data as never);
  invariant(util.compareSchemas(same.schema, schema), 'the parts of a run have the same columns');
  return same;
}

function retyped(data: Data, type: DataType): Data {
  const children = data.children.map((child, i) => retyped(child, (type.children[i] as Field).type));
  return data.clone(type, undefined, undefined, undefined, undefined, children);
}
