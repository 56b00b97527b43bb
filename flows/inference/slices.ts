import type { InferencePlan } from '#core/inference/plan.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { BatchContext } from '#formats/arrow/read/decode-batch.ts';
import { type Frame, readFrames } from '#formats/arrow/read/frames.ts';
import { openArrow } from '#formats/arrow/read/open.ts';
import type { ReadMemory } from '#formats/read-ahead/read-memory.ts';

/** A record batch as it was read, with what decodes it and its place for messages. */
export interface SourcedFrame extends Frame {
  readonly context: BatchContext;
  /** Position of the batch within its object. */
  readonly index: number;
}

/** Every record batch of a partition, object after object, read ahead within each. */
export async function* framesOf(
  objects: Pick<Objects, 'get'>,
  { plan, partition, memory }: { plan: InferencePlan; partition: number; memory: ReadMemory },
): AsyncGenerator<SourcedFrame, void, void> {
  for (const { input, first, blocks } of plan.partitions[partition]?.slices ?? []) {
    const layout = plan.inputs[input];
    if (!layout) throw new Error(`invariant broken: the plan of ${plan.runId} has no input ${input}`);
    const context = await openArrow(objects, layout);
    let index = first;
    for await (const frame of readFrames({ objects, layout, blocks }, { memory }))
      yield { ...frame, context, index: index++ };
  }
}
