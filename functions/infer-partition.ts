import type { StageMs } from '#core/inference/manifest.ts';
import type { PartitionTask } from '#core/inference/state.ts';
import { runTask, type TaskLimits, type TaskPorts } from '#flows/inference/run-task.ts';
import { inferenceRuntime } from './inference-runtime.ts';
import { processors } from './processors.ts';

/** What the workflow keeps of a partition: counters, far below the limits of a state. */
export interface PartitionReport {
  readonly partition: number;
  readonly rows: number;
  readonly sizeBytes: number;
  readonly stageMs: StageMs;
}

/** Infer: predicts one partition and commits it, or finds it committed. */
export async function inferOne(ports: TaskPorts, task: PartitionTask, limits: TaskLimits): Promise<PartitionReport> {
  const { partition, part, stageMs } = await runTask(ports, task, limits);
  return { partition, rows: part.rows, sizeBytes: part.sizeBytes, stageMs };
}

export const handler = (task: PartitionTask, context: { getRemainingTimeInMillis(): number }) =>
  inferOne(inferenceRuntime, task, {
    processors: processors(),
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
