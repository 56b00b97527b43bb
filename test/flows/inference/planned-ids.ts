import type { InferencePlan } from '#core/inference/plan.ts';
import type { PartitionTask } from '#core/inference/state.ts';
import type { Objects } from '#core/objects/ports.ts';
import { readJson } from '#formats/json/json-object.ts';

/**
 * The rows of a partition, as they are numbered in the only input, whose record batches have `blockRows` rows; `isLost` where
 * the plan says that they are set aside and not predicted.
 */
export async function rowsOfTask(
  objects: Objects,
  { planUri, partition }: Pick<PartitionTask, 'planUri' | 'partition'>,
  blockRows: readonly number[],
): Promise<{ readonly ids: readonly number[]; readonly isLost: boolean }> {
  const { value: plan } = await readJson<InferencePlan>(objects, planUri);
  const planned = plan.partitions[partition];
  const before = (block: number) => blockRows.slice(0, block).reduce((sum, rows) => sum + rows, 0);
  const ids = (planned?.slices ?? []).flatMap(({ first, blocks, rows }) =>
    blocks.flatMap((_, i) => {
      const { from, to } = rows ?? { from: 0, to: blockRows[first + i] ?? 0 };
      return Array.from({ length: to - from }, (_row, j) => before(first + i) + from + j);
    }),
  );
  return { ids, isLost: planned?.lost !== undefined };
}
