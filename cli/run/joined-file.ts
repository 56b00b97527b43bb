import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { type RecordBatch, type Schema, Type } from 'apache-arrow';
import { workerEncoder } from '#adapters/parquet/worker-encoder.ts';
import { LockstepError } from '#core/errors.ts';
import { joinedArrow, type TableWriter } from '#formats/arrow/write/joined.ts';
import { csvWriter, notCsv } from '#formats/csv/write-csv.ts';
import { parquetWriter } from '#formats/parquet/encode/write-parquet.ts';
import { isAlive } from '../cloud/cloud-file.ts';
import { namesIn } from '../home.ts';

const ENDINGS = '.parquet, .arrow, .feather, .arrows or .csv';

export interface JoinedTable {
  readonly schema: Schema;
  readonly batches: AsyncIterable<RecordBatch>;
  /** Its reason is what the writing ends with when it is aborted; nothing is left then. */
  readonly signal: AbortSignal;
}

/**
 * Writes the batches into one file, whole or not at all, whatever was there before. Returns its rows. A process that is
 * killed leaves a draft beside the file, which the next one removes.
 */
export async function writeJoined(file: string, { schema, batches, signal }: JoinedTable): Promise<number> {
  const writer = writerFor(file, schema);
  await removeDrafts(file);
  const draft = `${file}.${process.pid}${DRAFT}`;
  const out = await open(draft, 'w').catch((cause: Error) => {
    throw new LockstepError('LS_USAGE', `${file} cannot be written: ${cause.message}`, { cause });
  });
  try {
    let rows = 0;
    const append = async (chunks: readonly Uint8Array[]) => {
      for (const chunk of chunks) await out.writeFile(chunk);
    };
    await append(await writer.begin());
    for await (const batch of batches) {
      signal.throwIfAborted();
      await append(await writer.write(batch));
      rows += batch.numRows;
    }
    await append(await writer.finish());
    await out.sync();
    await out.close();
    await rename(draft, file);
    return rows;
  } catch (error) {
    await out.close().catch(() => {});
    await rm(draft, { force: true });
    throw error;
  } finally {
    await writer.stop?.();
  }
}

const DRAFT = '.part';

/** Drafts of the file whose process is no more. */
async function removeDrafts(file: string): Promise<void> {
  const folder = dirname(file);
  for (const name of namesIn(folder)) {
    const pid = Number(/\.(\d+)\.part$/.exec(name)?.[1] ?? Number.NaN);
    if (name === `${basename(file)}.${pid}${DRAFT}` && !isAlive(pid)) await rm(join(folder, name), { force: true });
  }
}

/** LS_USAGE for an ending that says no format, or a table that the format cannot hold. */
export function writerFor(file: string, schema: Schema): TableWriter {
  switch (extname(file).toLowerCase()) {
    case '.arrow':
    case '.feather':
      return joinedArrow(withoutDictionaries(file, schema), 'file');
    case '.arrows':
      return joinedArrow(schema, 'stream');
    case '.parquet':
      return parquetWriter(schema, workerEncoder);
    case '.csv': {
      const column = notCsv(schema);
      if (column === undefined) return csvWriter(schema);
      throw new LockstepError('LS_USAGE', `${file}: the values of \`${column}\` have no plain text`, {
        remedy: 'Write FILE.arrow, which keeps every type, or predict with `output.keep` without that column.',
      });
    }
    default:
      throw new LockstepError('LS_USAGE', `${file}: expected a name that ends with ${ENDINGS}`);
  }
}

/** A file has one dictionary for each column, and each part has its own. */
function withoutDictionaries(file: string, schema: Schema): Schema {
  const found = schema.fields.find(({ type }) => type.typeId === Type.Dictionary);
  if (found === undefined) return schema;
  throw new LockstepError(
    'LS_USAGE',
    `${file}: \`${found.name}\` has a dictionary in each part, a file has room for one`,
    {
      remedy: 'Write FILE.arrows: a stream may change dictionaries, and readers of Arrow take it.',
    },
  );
}
