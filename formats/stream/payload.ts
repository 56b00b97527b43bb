/** What a message can hold, whichever service carries it. */
import { LockstepError } from '#core/errors.ts';
import type { ArrowPayload, JsonRow, ObjectPayload, RowsPayload } from '#core/stream/record.ts';

/** A payload, with the name that whoever sent it gave to it. */
export type Named<P> = P & { readonly sourceId?: string | undefined };

export type MessagePayload = Named<ObjectPayload | ArrowPayload | RowsPayload>;

/** Text that base64 makes of the first bytes of an Arrow stream, and of an Arrow file. */
const ARROW_BASE64 = /^(?:\/\/\/\/\/|QVJST1cx)/;

/**
 * The payloads of a text: `{ rows }`, a list of rows, one row, or rows as JSON lines; `{ arrow }` or base64 of Arrow IPC alone;
 * `{ bucket, key, etag }`; or what S3 says of new objects, by itself, through SNS or EventBridge. None for a message that
 * says nothing of a new object, such as S3's test of a notification. LS_RECORD_INVALID.
 */
export function payloadsOf(text: string): readonly MessagePayload[] {
  const trimmed = text.trim();
  if (ARROW_BASE64.test(trimmed)) return [{ kind: 'arrow', base64: trimmed }];
  const value = jsonOf(trimmed);
  if (Array.isArray(value)) return [rowsOf(value)];
  if (!isObject(value)) throw invalid(`expected rows, Arrow or the name of an object, got ${shown(trimmed)}`);
  return ofEvent(value) ?? [ofEnvelope(value) ?? rowsOf([value])];
}

/** The value of a JSON text; a list of the values of its lines where it has several. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length > 1) return jsonLines(text);
    throw invalid(`expected JSON or base64 of Arrow IPC, got ${shown(text)}: ${(cause as Error).message}`);
  }
}

/** The rows of a text that has one object of JSON a line. LS_RECORD_INVALID names the line. */
export function jsonLines(text: string): readonly JsonRow[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      const value: unknown = JSON.parse(line);
      if (isObject(value)) return [value];
    } catch {}
    throw invalid(`line ${index + 1}: expected an object of JSON, got ${shown(line)}`);
  });
}

/** What S3 says of objects, in each of the ways in which it comes; undefined where it is nothing of the kind. */
function ofEvent(value: Readonly<Record<string, unknown>>): readonly MessagePayload[] | undefined {
  if (value.Event === 's3:TestEvent') return [];
  if (value.Type === 'Notification' && typeof value.Message === 'string') return payloadsOf(value.Message);
  if (value.source === 'aws.s3' && isObject(value.detail)) {
    return value['detail-type'] === 'Object Created' ? [ofS3(value.detail, (key) => key)] : [];
  }
  if (!Array.isArray(value.Records)) return undefined;
  return value.Records.flatMap((each: unknown) => {
    if (!isObject(each) || each.eventSource !== 'aws:s3' || !isObject(each.s3)) {
      throw invalid('expected what S3 says of new objects in `Records`, got something else');
    }
    const isNew = typeof each.eventName === 'string' && /^(?:s3:)?ObjectCreated:/.test(each.eventName);
    // Keys are encoded as in forms.
    return isNew ? [ofS3(each.s3, (key) => decodeURIComponent(key.replaceAll('+', ' ')))] : [];
  });
}

interface S3Object {
  readonly key?: string;
  readonly eTag?: string;
  readonly etag?: string;
  readonly sequencer?: string;
}

/** The same object put again is another record, which `sequencer` tells. */
function ofS3(said: Readonly<Record<string, unknown>>, decoded: (key: string) => string): Named<ObjectPayload> {
  const bucket = isObject(said.bucket) ? said.bucket.name : undefined;
  const object = (isObject(said.object) ? said.object : {}) as S3Object;
  if (typeof bucket !== 'string' || typeof object.key !== 'string') {
    throw invalid('expected a bucket and a key in what S3 says of an object');
  }
  const uri = `s3://${bucket}/${decoded(object.key)}`;
  const etag = quoted(object.etag ?? object.eTag);
  return { kind: 'object', uri, etag, sourceId: `${uri}@${etag ?? ''}#${object.sequencer ?? ''}` };
}

/** `{ rows }`, `{ arrow }` or `{ bucket, key }`, each with an `id` if there is one, and nothing else. */
function ofEnvelope(value: Readonly<Record<string, unknown>>): MessagePayload | undefined {
  const has = (...names: readonly string[]) =>
    Object.keys(value).every((key) => key === 'id' || names.includes(key)) && value[names[0] ?? ''] !== undefined;
  const id = typeof value.id === 'string' && value.id !== '' ? { sourceId: value.id } : {};
  if (has('rows') && Array.isArray(value.rows)) return { ...rowsOf(value.rows), ...id };
  if (has('arrow') && typeof value.arrow === 'string') return { kind: 'arrow', base64: value.arrow, ...id };
  const { bucket, key, etag } = value;
  if (!has('bucket', 'key', 'etag') || typeof bucket !== 'string' || typeof key !== 'string') return undefined;
  const pinned = typeof etag === 'string' ? quoted(etag) : undefined;
  const uri = `s3://${bucket}/${key}`;
  // Without an etag the same name may stand for other bytes: the message is then all that tells one record from another.
  return { kind: 'object', uri, etag: pinned, ...(pinned !== undefined && { sourceId: `${uri}@${pinned}` }), ...id };
}

function rowsOf(values: readonly unknown[]): RowsPayload {
  const at = values.findIndex((value) => !isObject(value));
  if (at >= 0) throw invalid(`row ${at}: expected an object with a value for each column, got ${shown(values[at])}`);
  return { kind: 'rows', rows: values as readonly JsonRow[] };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As S3 gives it with the object itself. */
const quoted = (etag: string | undefined): string | undefined =>
  etag === undefined || etag === '' || etag.startsWith('"') ? etag : `"${etag}"`;

const SHOWN_MAX = 60;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)} … (${text.length} characters)` : text || 'nothing';
}

const invalid = (message: string): LockstepError => new LockstepError('LS_RECORD_INVALID', message);
