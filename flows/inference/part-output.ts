import type { RecordBatch, Schema } from 'apache-arrow';
import type { PartRef } from '#core/inference/manifest.ts';
import type { PartFormat } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import { arrowFileWriter, type PartBuffer } from '#formats/arrow/write/part-writer.ts';
import type { FileEncoder } from '#formats/parquet/encode/encoder.ts';
import { parquetWriter } from '#formats/parquet/encode/write-parquet.ts';
import { PartSink } from './part-sink.ts';
import type { Stages } from './stages.ts';

export interface PartPorts {
  readonly objects: Pick<Objects, 'put' | 'upload'>;
  /** Begins to encode one Parquet file. */
  readonly parquetFile: () => Promise<FileEncoder>;
}

export interface PartOptions {
  readonly uri: string;
  readonly partition: number;
  readonly schema: Schema;
  readonly format: PartFormat;
  /** This part's alone until it has finished or was abandoned. */
  readonly buffer: PartBuffer;
  /** What it may hold before it is sent in pieces. @default 64 MiB */
  readonly heldBytes?: number;
}

/** A part that is written while its rows are computed: what is more than it may hold is on its way before the last row is. */
export interface PartOutput {
  /** The batch is not looked at any more once this has settled. */
  write(batch: RecordBatch): Promise<void>;
  /** The part is whole, and there; valid also where no batch was written. */
  finish(): Promise<PartRef>;
  /** Nothing stays of it. For every way out but `finish`. */
  abandon(reason: unknown): Promise<void>;
}

interface Encoding {
  write(batch: RecordBatch): Promise<void> | void;
  finish(): Promise<void> | void;
  stop?(): Promise<void>;
}

/** Begins a part. LS_PARQUET_UNWRITABLE for a column that Parquet cannot hold. */
export function beginPart(
  ports: PartPorts,
  { uri, partition, schema, format, buffer, heldBytes }: PartOptions,
  watch: Stages,
): PartOutput {
  const sink = new PartSink(ports.objects, { uri, buffer, ...(heldBytes !== undefined && { heldBytes }) });
  const take = (chunk: Uint8Array) => sink.append(chunk);
  const encoding: Encoding =
    format === 'parquet' ? parquetEncoding(schema, ports, take) : arrowFileWriter(schema, take);
  let rows = 0;
  return {
    async write(batch) {
      rows += batch.numRows;
      await watch.timeAsync('encode', async () => await encoding.write(batch));
      await watch.timeAsync('write', () => sink.settle());
    },
    async finish() {
      await watch.timeAsync('encode', async () => await encoding.finish());
      const written = await watch.timeAsync('write', () => sink.finish());
      await encoding.stop?.();
      return { uri, partition, rows, ...written };
    },
    async abandon(reason) {
      await sink.abandon(reason);
      await encoding.stop?.();
    },
  };
}

function parquetEncoding(schema: Schema, { parquetFile }: PartPorts, take: (chunk: Uint8Array) => void): Encoding {
  const writer = parquetWriter(schema, parquetFile);
  const taken = async (chunks: Promise<Uint8Array[]> | Uint8Array[]) => {
    for (const chunk of await chunks) take(chunk);
  };
  return {
    write: (batch) => taken(writer.write(batch)),
    finish: () => taken(writer.finish()),
    stop: async () => await writer.stop?.(),
  };
}
