/** The events that Lambda is invoked with for a queue and for a shard, as the records of a stream. */
import { LockstepError } from '#core/errors.ts';
import type { StreamRecord, Unreadable } from '#core/stream/record.ts';
import { type MessagePayload, payloadsOf } from './payload.ts';

/** A message of SQS, of what Lambda hands over that which counts here. */
export interface SqsMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string | undefined>>;
  readonly eventSourceARN?: string;
}

/** A record of Kinesis, likewise. */
export interface KinesisRecord {
  /** `shardId-000000000000:4959…` */
  readonly eventID: string;
  readonly eventSourceARN: string;
  readonly kinesis: {
    readonly data: string;
    readonly sequenceNumber: string;
    readonly partitionKey?: string;
    /** Seconds since 1970. */
    readonly approximateArrivalTimestamp?: number;
  };
}

/** What a function is invoked with: `Records` of one source. */
export interface StreamEvent {
  readonly Records: readonly (SqsMessage | KinesisRecord)[];
}

export const isOfShard = (record: SqsMessage | KinesisRecord): record is KinesisRecord => 'kinesis' in record;

/**
 * The records of an event, in its order. A message that names no new object is no record, one that names several is several.
 */
export const recordsOf = ({ Records }: StreamEvent): readonly StreamRecord[] =>
  Records.flatMap((each) => (isOfShard(each) ? ofShard(each) : ofQueue(each)));

function ofQueue(message: SqsMessage): readonly StreamRecord[] {
  const { messageId, body, attributes = {}, eventSourceARN: queue = '' } = message;
  // A group is an order only in a FIFO queue; in others it is a hint to share fairly.
  const group = queue.endsWith('.fifo') ? attributes.MessageGroupId : undefined;
  const base = {
    id: messageId,
    receives: Number(attributes.ApproximateReceiveCount ?? 1),
    arrivedMs: Number(attributes.SentTimestamp ?? 0),
    whole: { body, attributes, queue, messageId },
    ...(group !== undefined && { group }),
  };
  return readable(() => payloadsOf(body)).map((payload) => ({
    ...base,
    payload,
    sourceId: sourceIdOf(payload, queue, messageId),
  }));
}

function ofShard({ eventID, eventSourceARN, kinesis }: KinesisRecord): readonly StreamRecord[] {
  const { data, sequenceNumber, approximateArrivalTimestamp = 0 } = kinesis;
  const base = {
    id: sequenceNumber,
    group: `${eventSourceARN}/${eventID.split(':')[0]}`,
    receives: 1,
    arrivedMs: Math.round(1000 * approximateArrivalTimestamp),
    whole: { eventID, eventSourceARN, kinesis },
  };
  return readable(() => payloadsOfBytes(data)).map((payload) => ({
    ...base,
    payload,
    sourceId: sourceIdOf(payload, eventSourceARN, eventID),
  }));
}

/** What the Kinesis Producer Library puts in front of several records that it sends as one. */
const KPL_MAGIC = Buffer.from('f3899ac2', 'hex');

/** Of a file, and of a stream. */
const ARROW_STARTS = [Buffer.from('ARROW1'), Buffer.from('ffffffff', 'hex')];

/** Kinesis carries bytes: Arrow IPC as it is, or a text. */
function payloadsOfBytes(base64: string): readonly MessagePayload[] {
  const bytes = Buffer.from(base64, 'base64');
  if (ARROW_STARTS.some((start) => bytes.subarray(0, start.length).equals(start))) return [{ kind: 'arrow', base64 }];
  if (bytes.subarray(0, KPL_MAGIC.length).equals(KPL_MAGIC)) {
    throw new LockstepError('LS_RECORD_INVALID', 'expected one record, got several that the KPL has aggregated', {
      remedy: 'Switch `AggregationEnabled` off in the producer.',
    });
  }
  return payloadsOf(bytes.toString('utf8'));
}

/** What says which record it is: the object itself, the name that its sender gave it, or its delivery. */
function sourceIdOf(payload: MessagePayload | Unreadable, source: string, delivered: string): string {
  const named = payload.kind === 'unreadable' ? undefined : payload.sourceId;
  if (named === undefined) return `${source}/${delivered}`;
  return named.startsWith('s3://') ? named : `${source}#${named}`;
}

function readable(read: () => readonly MessagePayload[]): readonly (MessagePayload | Unreadable)[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return [{ kind: 'unreadable', code: error.code, message: error.message }];
  }
}
