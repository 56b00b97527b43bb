import { availableParallelism } from 'node:os';
import type { StageMs } from '#core/inference/manifest.ts';
import type { PartitionTask } from '#core/inference/state.ts';
import { ENV } from '#core/names.ts';
import { runTask, type TaskLimits, type TaskPorts } from '#flows/inference/run-task.ts';
import { inferenceRuntime } from './inference-runtime.ts';

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

/** Lambda gives one processor for each 1769 MiB. */
const MIB_A_PROCESSOR = 1769;

function processors(): number {
  const memoryMiB = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? MIB_A_PROCESSOR);
  const shared = Number(process.env[ENV.processors] ?? availableParallelism());
  return Math.min(Math.floor(memoryMiB / MIB_A_PROCESSOR), shared);
}

export const handler = (task: PartitionTask, context: { getRemainingTimeInMillis(): number }) =>
  inferOne(inferenceRuntime, task, {
    processors: processors(),
    remainingMs: () => context.getRemainingTimeInMillis(),
  });
