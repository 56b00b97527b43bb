/** What arrives at a stream: one record after the other, each answered once, however often it is delivered. */
import type { ErrorCode } from '../errors.ts';
import type { RowClass } from '../job/row-policy.ts';

/** One thing to answer. A message that names several objects is several records with the same `id`. */
export interface StreamRecord {
  /** By which its service is told that it failed: message id of SQS, sequence number of Kinesis, name of a file. */
  readonly id: string;
  /** What it is, whoever delivers it and how often. */
  readonly sourceId: string;
  /** Records of one group, a FIFO group or a shard, are answered in their order. Undefined where order is nobody's promise. */
  readonly group?: string | undefined;
  /** How often its service has delivered it, this time included; 1 where the service does not count. */
  readonly receives: number;
  /** When it came to be, in milliseconds since 1970. */
  readonly arrivedMs: number;
  /** What is in it, or why nobody can say. */
  readonly payload: Payload | Unreadable;
  /** As it was delivered, for a dead letter. */
  readonly whole: unknown;
}

export type Payload = ObjectPayload | ArrowPayload | RowsPayload;

/** The rows lie in an object: a table, or JSON lines by its ending. */
export interface ObjectPayload {
  readonly kind: 'object';
  readonly uri: string;
  /** The object must still have it. @default - whatever it has when it is read */
  readonly etag?: string | undefined;
}

/** The rows are an Arrow IPC file or stream. */
export interface ArrowPayload {
  readonly kind: 'arrow';
  readonly base64: string;
}

export type JsonRow = Readonly<Record<string, unknown>>;

/** The rows are objects of JSON. They are answered as such. */
export interface RowsPayload {
  readonly kind: 'rows';
  readonly rows: readonly JsonRow[];
}

export interface Unreadable {
  readonly kind: 'unreadable';
  readonly code: ErrorCode;
  readonly message: string;
}

/** Which form the rows came in, and so the form of their answer. */
export type AnswerForm = 'arrow' | 'json';

/** What became of a record. */
export type RecordFate =
  /** Its predictions are visible. */
  | { readonly state: 'answered'; readonly rows: number }
  /** They were already: it was delivered again. */
  | { readonly state: 'repeated' }
  /** It failed so often that it was set aside. */
  | { readonly state: 'dead'; readonly failure: RecordFailure }
  /** It failed, and comes again. */
  | { readonly state: 'failed'; readonly failure: RecordFailure }
  /** Somebody else works on it; it comes again. */
  | { readonly state: 'held' }
  /** One before it in its group failed or is held, so that it must wait; it comes again. */
  | { readonly state: 'behind' };

export interface RecordFailure {
  readonly code: ErrorCode;
  readonly class: FailureClass;
  readonly message: string;
}

/** What kind of thing went wrong: with rows, with the size of the record, or with what it needs and is not to blame for. */
export type FailureClass = RowClass | 'size' | 'infrastructure';

/** True if the record must be delivered again. */
export const comesAgain = ({ state }: RecordFate): boolean =>
  state === 'failed' || state === 'held' || state === 'behind';
