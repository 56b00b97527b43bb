import type { RecordBatch } from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import { type InferencePlan, readColumns } from '#core/inference/plan.ts';
import type { RowSpan } from '#core/inference/row-span.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import type { ReadMemory } from '#formats/read-ahead/read-memory.ts';
import { SMALL_BYTES } from '#formats/read-ahead/whole-object.ts';
import { openTable, type TablePorts } from '#formats/table/formats.ts';
import type { Stages } from './stages.ts';

/** A record batch with its place for messages. */
export interface SourcedBatch {
  readonly uri: string;
  /** Position of its block (a record batch, a row group) within its object. */
  readonly block: number;
  /** Number of its first row within the block. */
  readonly firstRow: number;
  /** A view of the memory that it was read to. */
  readonly batch: RecordBatch;
  /** Gives that memory back: call it when the batch is written. */
  readonly release: () => void;
}

interface Source {
  readonly plan: InferencePlan;
  readonly partition: number;
  readonly memory: ReadMemory;
  readonly watch: Stages;
}

/** Small objects that are read before their turn comes. */
const OBJECTS_AHEAD = 8;

/**
 * Every record batch of a partition, object after object, decoded when its turn comes. What is read ahead are the blocks of
 * the object whose turn it is, and small objects behind it.
 */
export async function* batchesOf(
  tables: TablePorts,
  { plan, partition, memory, watch }: Source,
): AsyncGenerator<SourcedBatch, void, void> {
  const used = usedColumns(plan);
  const ahead = ordered(plan.partitions[partition]?.slices ?? [], OBJECTS_AHEAD, async (slice) => {
    const object = plan.inputs[slice.input];
    invariant(object, `the plan of ${plan.runId} has no input ${slice.input}`);
    const opened = object.sizeBytes <= SMALL_BYTES ? await openTable(tables, object, used) : undefined;
    return { slice, object, opened };
  });
  for await (const { slice, object, opened } of ahead) {
    const { first, blocks, rows } = slice;
    const table = opened ?? (await openTable(tables, object, used));
    let block = first;
    for await (const frame of table.frames(blocks, { memory })) {
      // One for the decoding itself, which goes on while the first rows are predicted.
      let [unwritten, firstRow] = [1, 0];
      const release = () => {
        unwritten--;
        if (unwritten === 0) frame.release();
      };
      for await (const whole of watch.each('decode', frame.decode())) {
        const { batch, skipped } = within(whole, firstRow, rows);
        unwritten++;
        yield { uri: object.uri, block, firstRow: firstRow + skipped, batch, release };
        firstRow += whole.numRows;
      }
      release();
      block++;
    }
  }
}

/** Of a batch that begins with row `firstRow` of its block the rows that are meant, and how many before them are not. */
function within(batch: RecordBatch, firstRow: number, rows: RowSpan | undefined) {
  if (rows === undefined) return { batch, skipped: 0 };
  const from = Math.min(batch.numRows, Math.max(0, rows.from - firstRow));
  const to = Math.max(from, Math.min(batch.numRows, rows.to - firstRow));
  return { batch: batch.slice(from, to), skipped: from };
}

/** Columns that the predictor reads and that are kept. */
export const usedColumns = ({ prediction, columns }: InferencePlan): string[] => [
  ...new Set([...readColumns(prediction), ...columns.map(({ name }) => name)]),
];
