import { createHash } from 'node:crypto';
import type { RecordBatch, Schema } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { InferenceManifest, ObjectRows } from '#core/inference/manifest.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';
import type { ObjectBody, ObjectHead, Objects } from '#core/objects/ports.ts';
import { readJson } from '#formats/json/json-object.ts';
import { countRows, locateTable, openTable, type TablePorts } from '#formats/table/formats.ts';

interface CommittedPorts extends TablePorts {
  readonly objects: Objects;
}

/** The predictions of a committed run. */
export interface Committed {
  readonly manifest: InferenceManifest;
  /** Every record batch, in the order of the input. */
  batches(): AsyncGenerator<RecordBatch, void, void>;
}

/**
 * Opens what a manifest lists and nothing else. Each part is checked against the size, the hash and the number of rows
 * that the manifest gives it before any of its rows is handed out: LS_ARROW_CORRUPT.
 */
export async function readCommitted(ports: CommittedPorts, manifestUri: string): Promise<Committed> {
  const { value: manifest } = await readJson<InferenceManifest>(ports.objects, manifestUri);
  return {
    manifest,
    batches: () => openCommitted(ports, manifest),
  };
}

/**
 * The same, of a manifest that is there. Parts have the same columns, as their readers join them. Memory holds a part of up
 * to `wholeBytes` (default 64 MiB), of a larger one what is read ahead.
 */
export async function* openCommitted(
  tables: TablePorts,
  { parts }: { readonly parts: readonly ObjectRows[] },
  wholeBytes = WHOLE_BYTES,
): AsyncGenerator<RecordBatch, void, void> {
  let first: string | undefined;
  for (const part of parts) {
    for await (const batch of readPart(tables, part, wholeBytes)) {
      const columns = columnsText(batch.schema);
      first ??= columns;
      if (columns !== first) throw differs(part, `its columns are ${columns}, those of the first part ${first}`);
      yield batch;
    }
  }
}

const columnsText = ({ fields }: Schema): string =>
  fields.map(({ name, type, nullable }) => `${name}: ${type}${nullable ? '' : ' not null'}`).join(', ');

async function* readPart(
  tables: TablePorts,
  part: ObjectRows,
  wholeBytes: number,
): AsyncGenerator<RecordBatch, void, void> {
  const start = await tables.objects.get(part.uri, { start: 0, end: wholeBytes });
  const reading = { objects: beginningWith(tables.objects, start), parquet: tables.parquet };
  await checkBytes(reading.objects, start, part);
  const { blockRows } = await countRows(reading.objects, start);
  const rows = blockRows.reduce((sum, each) => sum + each, 0);
  if (rows !== part.rows) throw differs(part, `expected ${part.rows} rows, got ${rows}`);
  const { layout } = await locateTable(reading, start);
  const table = await openTable(reading, layout);
  for await (const frame of table.frames(layout.blocks)) yield* frame.decode();
}

/** A part that is no larger is read by one request. */
const WHOLE_BYTES = 64 * 1024 * 1024;
/** Others are read in such ranges to be hashed. */
const RANGE_BYTES = 8 * 1024 * 1024;

/** The same objects, where the beginning of one is there already. */
function beginningWith({ get }: ReadObjects, start: ObjectBody): ReadObjects {
  return {
    async get(uri, range) {
      const isThere = uri === start.uri && range !== undefined && range.end <= start.bytes.length;
      return isThere ? { ...start, bytes: start.bytes.subarray(range.start, range.end) } : await get(uri, range);
    },
  };
}

async function checkBytes(objects: ReadObjects, { uri, etag, sizeBytes }: ObjectHead, part: ObjectRows): Promise<void> {
  const hash = createHash('sha256');
  for (let at = 0; at < sizeBytes; at += RANGE_BYTES) {
    const end = Math.min(at + RANGE_BYTES, sizeBytes);
    hash.update((await objects.get(uri, { start: at, end, etag })).bytes);
  }
  const sha256 = hash.digest('hex');
  if (sizeBytes === part.sizeBytes && sha256 === part.sha256) return;
  const got = `${sizeBytes} bytes with the hash ${sha256}`;
  throw differs(part, `expected ${part.sizeBytes} bytes with the hash ${part.sha256}, got ${got}`);
}

const differs = ({ uri }: ObjectRows, what: string): LockstepError =>
  new LockstepError('LS_ARROW_CORRUPT', `${uri} is not what the manifest lists: ${what}`, {
    remedy: 'Predict the input again; parts of a committed run must not be changed.',
  });
