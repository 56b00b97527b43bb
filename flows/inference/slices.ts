import type { RecordBatch } from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import { type InferencePlan, readColumns } from '#core/inference/plan.ts';
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
    const { first, blocks } = slice;
    const table = opened ?? (await openTable(tables, object, used));
    let block = first;
    for await (const frame of table.frames(blocks, { memory })) {
      // One for the decoding itself, which goes on while the first rows are predicted.
      let [unwritten, firstRow] = [1, 0];
      const release = () => {
        unwritten--;
        if (unwritten === 0) frame.release();
      };
      for await (const batch of watch.each('decode', frame.decode())) {
        unwritten++;
        yield { uri: object.uri, block, firstRow, batch, release };
        firstRow += batch.numRows;
      }
      release();
      block++;
    }
  }
}

/** Columns that the predictor reads and that are kept. */
export const usedColumns = ({ prediction, columns }: InferencePlan): string[] => [
  ...new Set([...readColumns(prediction), ...columns.map(({ name }) => name)]),
];
