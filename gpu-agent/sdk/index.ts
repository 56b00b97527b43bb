/**
 * `lockstep/task`: what a task written in TypeScript uses.
 *
 *     import { run } from 'lockstep/task';
 *     await run(async (task) => { … await task.allReduce(gradients, 'mean') … });
 */
export { type FloatRows, floatRows } from '#formats/arrow/values/float-rows.ts';
export { encodeModel, type GraphModel, type GraphNode } from '#formats/onnx/model-writer.ts';
export type { Checkpoint, Checkpoints } from './checkpoint.ts';
export { context, type TaskContext, type WaitOptions } from './context.ts';
export { readParquet } from './read-table.ts';
export type { ReduceOp } from './ring.ts';
export { run } from './run.ts';
export type { ShardData } from './shards.ts';
