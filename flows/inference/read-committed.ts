import { createHash } from 'node:crypto';
import type { RecordBatch, Schema } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { InferenceManifest, PartRef } from '#core/inference/manifest.ts';
import type { ObjectBody, Objects } from '#core/objects/ports.ts';
import { readJson } from '#formats/json/json-object.ts';
import { locateTable, openTable, type TablePorts } from '#formats/table/formats.ts';

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

/** The same, of a manifest that is there. Parts have the same columns, as their readers join them. */
export async function* openCommitted(
  tables: TablePorts,
  { parts }: InferenceManifest,
): AsyncGenerator<RecordBatch, void, void> {
  let first: string | undefined;
  for (const part of parts) {
    for await (const batch of readPart(tables, await tables.objects.get(part.uri), part)) {
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
  { parquet }: TablePorts,
  object: ObjectBody,
  part: PartRef,
): AsyncGenerator<RecordBatch, void, void> {
  const sha256 = createHash('sha256').update(object.bytes).digest('hex');
  if (object.bytes.length !== part.sizeBytes || sha256 !== part.sha256) {
    const got = `${object.bytes.length} bytes with the hash ${sha256}`;
    throw differs(part, `expected ${part.sizeBytes} bytes with the hash ${part.sha256}, got ${got}`);
  }
  const memory: TablePorts = {
    objects: { get: async (_uri, range) => ({ ...object, bytes: object.bytes.subarray(range?.start, range?.end) }) },
    parquet,
  };
  const { layout } = await locateTable(memory, object);
  const table = await openTable(memory, layout);
  const batches: RecordBatch[] = [];
  for await (const frame of table.frames(layout.blocks)) {
    for await (const batch of frame.decode()) batches.push(batch);
  }
  const rows = batches.reduce((sum, batch) => sum + batch.numRows, 0);
  if (rows !== part.rows) throw differs(part, `expected ${part.rows} rows, got ${rows}`);
  yield* batches;
}

const differs = ({ uri }: PartRef, what: string): LockstepError =>
  new LockstepError('LS_ARROW_CORRUPT', `${uri} is not what the manifest lists: ${what}`, {
    remedy: 'Predict the input again; parts of a committed run must not be changed.',
  });
