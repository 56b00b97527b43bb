import type { RecordBatch, Schema } from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import { DEAD_LETTER_FIELDS, DEAD_LETTERS, reasonColumn } from '#core/inference/dead-letters.ts';
import type { FailedRow } from '#core/inference/failed-rows.ts';
import type { ObjectRows } from '#core/inference/manifest.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { rowsThemselves } from '#formats/arrow/metadata/rows-themselves.ts';
import { takeRows } from '#formats/arrow/values/take-rows.ts';
import { type ArrowFileWriter, arrowFileWriter, PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { type OutputShape, outputShape } from '#formats/arrow/write/prediction.ts';
import { batchShape } from '#formats/arrow/write/prediction-batch.ts';
import { openTable, type TablePorts } from '#formats/table/formats.ts';
import { PartSink } from './part-sink.ts';
import { type DeadRows, isSameBlock } from './set-aside.ts';

export interface DeadLetterPorts extends TablePorts {
  readonly objects: Objects;
  readonly bucket: string;
}

interface SettingAside {
  readonly plan: InferencePlan;
  readonly partition: number;
  readonly attemptId: string;
  /** In the order of the partition. */
  readonly dead: readonly DeadRows[];
  readonly provenance: Readonly<Record<string, string>>;
}

/**
 * Writes the rows that are set aside, each with its reason, and returns what it wrote: mostly one file, one more wherever the
 * columns of an object are not those of the one before. The blocks that they are in are read once more, because a run reads only
 * the columns that it uses, and a dead letter is the whole row.
 */
export async function writeDeadLetters(ports: DeadLetterPorts, aside: SettingAside): Promise<readonly ObjectRows[]> {
  const written: ObjectRows[] = [];
  let file: DeadLetterFile | undefined;
  try {
    for await (const { batch, why } of wholeRows(ports, aside)) {
      const columns = columnsText(batch.schema);
      if (file?.columns !== columns) {
        if (file) written.push(await finished(file));
        file = newFile(ports, aside, { schema: batch.schema, columns, number: written.length });
      }
      file.writer.write(file.shape.withPredictions(batch, reasons(why, aside.attemptId)));
      file.rows += batch.numRows;
      await file.sink.settle();
    }
    if (file) written.push(await finished(file));
    return written;
  } catch (error) {
    await file?.sink.abandon(error);
    throw error;
  }
}

interface DeadLetterFile {
  readonly uri: string;
  readonly columns: string;
  readonly shape: OutputShape;
  readonly writer: ArrowFileWriter;
  readonly sink: PartSink;
  rows: number;
}

function newFile(
  { objects, bucket }: DeadLetterPorts,
  { plan: { runId }, partition, attemptId, provenance }: SettingAside,
  { schema, columns, number }: { readonly schema: Schema; readonly columns: string; readonly number: number },
): DeadLetterFile {
  const as = reasonColumn(schema.fields.map(({ name }) => name));
  const shape = outputShape(schema, {
    columns: schema.fields.map(({ name, nullable }) => ({ name, nullable })),
    ...{ as, fields: DEAD_LETTER_FIELDS, provenance: { ...provenance, [DEAD_LETTERS]: as } },
  });
  const uri = runObjects({ bucket, runId }).deadLetter(partition, attemptId, number);
  const sink = new PartSink(objects, { uri, buffer: new PartBuffer() });
  const writer = arrowFileWriter(shape.schema, (chunk) => sink.append(chunk));
  return { uri, columns, shape, writer, sink, rows: 0 };
}

const columnsText = ({ fields }: Schema): string =>
  fields.map(({ name, type, nullable }) => `${name}: ${type} ${nullable}`).join(', ');

async function finished({ uri, rows, writer, sink }: DeadLetterFile): Promise<ObjectRows> {
  writer.finish();
  return { uri, rows, ...(await sink.finish()) };
}

interface WholeRows {
  readonly batch: RecordBatch;
  /** Why each of them is set aside. */
  readonly why: readonly FailedRow[];
}

/** The rows with all columns of their objects, one batch of them for each batch that has any. */
async function* wholeRows(ports: DeadLetterPorts, { plan, dead }: SettingAside): AsyncGenerator<WholeRows, void, void> {
  for (const inBlock of byBlock(dead)) {
    const { uri, block } = inBlock[0] as DeadRows;
    const { object, extent } = blockOf(plan, uri, block);
    const table = await openTable(ports, object);
    let start = 0;
    for await (const frame of table.frames([extent])) {
      for await (const batch of frame.decode()) {
        const why = inBlock
          .flatMap(({ rows, ...one }) => Array.from({ length: rows }, (_, i) => ({ ...one, row: one.row + i })))
          .filter(({ row }) => row >= start && row < start + batch.numRows);
        const numbers = why.map(({ row }) => row - start);
        const columns = rowsThemselves(batch.schema).fields.map(({ name }) => name);
        if (why.length > 0) yield { batch: takeRows(batch.select(columns), numbers), why };
        start += batch.numRows;
      }
      frame.release();
    }
  }
}

function byBlock(dead: readonly DeadRows[]): readonly (readonly DeadRows[])[] {
  const blocks: DeadRows[][] = [];
  for (const one of dead) {
    const last = blocks.at(-1);
    if (last?.[0] && isSameBlock(last[0], one)) last.push(one);
    else blocks.push([one]);
  }
  return blocks;
}

function blockOf(plan: InferencePlan, uri: string, block: number) {
  const input = plan.inputs.findIndex((one) => one.uri === uri);
  const slices = plan.partitions.flatMap(({ slices: all }) => all).filter((slice) => slice.input === input);
  const slice = slices.find(({ first, blocks }) => block >= first && block < first + blocks.length);
  const [object, extent] = [plan.inputs[input], slice?.blocks[block - slice.first]];
  invariant(object && extent, `the plan of ${plan.runId} has no block ${block} of ${uri}`);
  return { object, extent };
}

function reasons(why: readonly FailedRow[], attemptId: string): RecordBatch {
  const texts = (of: (row: FailedRow) => string) => why.map(of);
  const numbers = (of: (row: FailedRow) => number) => BigInt64Array.from(why, (row) => BigInt(of(row)));
  return batchShape(DEAD_LETTER_FIELDS)(why.length, [
    texts((row) => row.class),
    texts((row) => row.code),
    texts((row) => row.message),
    texts((row) => row.uri),
    numbers((row) => row.block),
    numbers((row) => row.row),
    texts(() => attemptId),
  ]);
}
