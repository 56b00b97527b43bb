/**
 * The seam for a format of tables. Whoever adds one implements this in a folder of formats/ and adds it to the list in
 * formats/table/formats.ts; plans, partitions, commits and flows know formats by this alone. `Schema` and `Batch` are
 * Arrow's, whatever the format: core names no package. `Ports` is what a format needs of the world beside objects.
 */
import type { ObjectHead, Objects } from '../objects/ports.ts';
import type { Block, FormatName, TableLayout, TableObject } from './layout.ts';

export type ReadObjects = Pick<Objects, 'get'>;

export interface TableFormat<Schema, Batch, Ports> {
  readonly name: FormatName;
  /** Whether an object that begins like this is meant to be of this format, by what its bytes are and not by its name. */
  claims(start: ObjectStart): boolean;
  /** Finds the blocks by reading only what describes them, and holds every length in it against the object. */
  locate(ports: Ports, start: ObjectStart): Promise<Located<Schema>>;
  /** Rows of each block that `locate` finds, in their order, from what describes them alone: nothing is decoded. */
  countRows(objects: ReadObjects, start: ObjectStart): Promise<readonly number[]>;
  /** Reads what decoding the blocks needs. A format that can read single columns reads those that `columns` names. */
  open(ports: Ports, table: TableObject, columns?: readonly string[]): Promise<OpenTable<Schema, Batch>>;
}

/** The first bytes of an object. */
export interface ObjectStart {
  readonly head: ObjectHead;
  readonly bytes: Uint8Array;
}

export interface Located<Schema> {
  readonly layout: TableLayout;
  readonly schema: Schema;
}

export interface OpenTable<Schema, Batch> {
  readonly uri: string;
  readonly schema: Schema;
  /** Reads blocks ahead and yields them in order. LS_INPUT_CHANGED if the object was overwritten. */
  frames(blocks: readonly Block[], options?: ReadOptions): AsyncIterable<Frame<Batch>>;
}

export interface ReadOptions {
  /** Requests in flight at most; fewer where they are large. @default 3 */
  readonly prefetch?: number;
  /** Neighbouring blocks are read by one request up to this size. @default 8 MiB */
  readonly requestBytes?: number;
  /** Memory to read into. @default new memory for each request */
  readonly memory?: Memory;
}

/** Memory that is used again. */
export interface Memory {
  /** At least `sizeBytes`, with whatever it held before. */
  take(sizeBytes: number): Uint8Array;
  /** Gives back what was taken: nobody may read it any more. */
  give(memory: Uint8Array): void;
}

/** One block as it was read. */
export interface Frame<Batch> {
  /** The rows, in order. They may be views of the bytes that were read. Throws where the bytes are damaged. */
  decode(): Iterable<Batch> | AsyncIterable<Batch>;
  /** Says, once, that nobody reads the rows any more. */
  release(): void;
}
