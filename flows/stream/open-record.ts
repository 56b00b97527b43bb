import type { RecordBatch, Schema } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { TableLayout } from '#core/inference/layout.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';
import type { StreamJob } from '#core/job/job.ts';
import type { AnswerForm, JsonRow, Payload, StreamRecord } from '#core/stream/record.ts';
import { plainBatch, plainSchema } from '#formats/arrow/values/plain.ts';
import { tableOfRows } from '#formats/stream/json-rows.ts';
import { jsonLines } from '#formats/stream/payload.ts';
import { locateTable, openTable } from '#formats/table/formats.ts';
import type { StreamPorts } from './ports.ts';

/** A record whose columns are known, with all of its bytes. */
export interface LocatedRecord {
  readonly record: StreamRecord;
  /** What the record is called in messages. */
  readonly uri: string;
  readonly form: AnswerForm;
  /** Without dictionaries and views: each record has its own. */
  readonly schema: Schema;
  readonly layout: TableLayout;
  /** Has the bytes of the record; everything else is where it was. */
  readonly objects: ReadObjects;
  /** Where they came as JSON. */
  readonly jsonRows: readonly JsonRow[];
}

/** Decoded rows may be so much larger than what arrived. */
const DECODED_TIMES = 8;

/**
 * Reads a record and finds its columns. Whatever holds its rows is read as an object is, with the same checks. LS_RECORD_INVALID,
 * LS_RECORD_TOO_LARGE, LS_DATA_UNREADABLE, LS_INPUT_CHANGED, and what formats say of damaged bytes.
 */
export async function locateRecord(
  ports: Pick<StreamPorts, 'objects' | 'parquet'>,
  job: StreamJob,
  record: StreamRecord,
): Promise<LocatedRecord> {
  const { payload } = record;
  if (payload.kind === 'unreadable') throw new LockstepError(payload.code, payload.message);
  const uri = payload.kind === 'object' ? payload.uri : record.sourceId;
  const { bytes, jsonRows } = await bytesOf(ports.objects, job, { payload, uri });
  const head = { uri, etag: record.sourceId, sizeBytes: bytes.length };
  const objects = withBytes(ports.objects, head, bytes);
  const { schema, layout } = await locateTable({ objects, parquet: ports.parquet }, head);
  const decoded = layout.blocks.reduce((sum, { decodedBytes, sizeBytes }) => sum + (decodedBytes ?? sizeBytes), 0);
  if (decoded > DECODED_TIMES * job.limits.recordBytes) throw tooLarge(job, uri, decoded);
  const form = jsonRows === undefined ? 'arrow' : 'json';
  return { record, uri, form, schema: plainSchema(schema), layout, objects, jsonRows: jsonRows ?? [] };
}

/** The rows of a record, of the named columns. */
export async function rowsOf(
  { parquet }: Pick<StreamPorts, 'parquet'>,
  { objects, layout }: LocatedRecord,
  columns: readonly string[],
): Promise<readonly RecordBatch[]> {
  const table = await openTable({ objects, parquet }, layout, columns);
  const rows: RecordBatch[] = [];
  for await (const frame of table.frames(layout.blocks)) {
    for await (const batch of frame.decode()) {
      if (batch.numRows > 0) rows.push(plainBatch(batch, plainSchema(batch.schema)));
    }
  }
  return rows;
}

const JSON_LINES = /\.(?:jsonl|ndjson|json)$/i;

interface Named {
  readonly payload: Payload;
  readonly uri: string;
}

interface RecordBytes {
  readonly bytes: Uint8Array;
  readonly jsonRows?: readonly JsonRow[];
}

async function bytesOf(objects: ReadObjects, job: StreamJob, { payload, uri }: Named): Promise<RecordBytes> {
  const { recordBytes } = job.limits;
  if (payload.kind === 'rows') return ofRows(payload.rows, job);
  if (payload.kind === 'arrow') {
    const bytes = Buffer.from(payload.base64, 'base64');
    if (bytes.length > recordBytes) throw tooLarge(job, uri, bytes.length);
    return { bytes };
  }
  const range = { start: 0, end: recordBytes + 1, ...(payload.etag !== undefined && { etag: payload.etag }) };
  const { bytes, sizeBytes } = await objects.get(uri, range);
  if (sizeBytes > recordBytes) throw tooLarge(job, uri, sizeBytes);
  return JSON_LINES.test(uri) ? ofRows(jsonLines(new TextDecoder().decode(bytes)), job) : { bytes };
}

function ofRows(rows: readonly JsonRow[], { types }: StreamJob): RecordBytes {
  if (rows.length === 0) throw new LockstepError('LS_DATA_EMPTY', 'the record has no rows');
  return { bytes: tableOfRows(rows, types), jsonRows: rows };
}

function tooLarge({ limits }: StreamJob, uri: string, sizeBytes: number): LockstepError {
  const message = `${uri} has ${sizeBytes} bytes, expected at most ${limits.recordBytes}`;
  return new LockstepError('LS_RECORD_TOO_LARGE', message);
}

function withBytes(
  objects: ReadObjects,
  head: { readonly uri: string; readonly etag: string; readonly sizeBytes: number },
  bytes: Uint8Array,
): ReadObjects {
  return {
    async get(uri, range) {
      if (uri !== head.uri) return objects.get(uri, range);
      return { ...head, bytes: range === undefined ? bytes : bytes.subarray(range.start, range.end) };
    },
  };
}
