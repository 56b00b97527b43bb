import type { RecordBatch } from 'apache-arrow';
import type { TaskManifest } from '#core/inference/manifest.ts';
import type { Predictors } from '#core/inference/ports.ts';
import type { PartitionTask } from '#core/inference/state.ts';
import type { Ids, Log } from '#core/system/ports.ts';
import { commitTask, committedTask, recordFailure } from './commit-task.ts';
import { type InferPorts, inferPartition } from './infer-partition.ts';
import type { TaskMemory } from './task-memory.ts';

export interface TaskPorts extends InferPorts {
  readonly ids: Ids;
  readonly predictors: Predictors<RecordBatch>;
  readonly memory: TaskMemory;
  readonly log: Log;
}

export interface TaskLimits {
  /** Processors that this process may use. */
  readonly processors: number;
  /** Milliseconds that are left. */
  readonly remainingMs: () => number;
}

/**
 * Predicts and commits one partition, unless it is committed already. May run any number of times, also at once: one
 * manifest results. What goes wrong is recorded for the commit of the run, then thrown.
 */
export async function runTask(ports: TaskPorts, task: PartitionTask, limits: TaskLimits): Promise<TaskManifest> {
  const { runId, partition } = task;
  const memory = ports.memory.take();
  try {
    const plan = await ports.memory.plan(ports.objects, task.planUri);
    const done = await committedTask(ports, plan, partition);
    if (done) return done;
    const sizeBytes = plan.partitions[partition]?.sizeBytes ?? 0;
    const room = { processors: limits.processors, sizeBytes };
    const predictor = await ports.predictors.open(plan.prediction, room);
    const attempt = {
      plan,
      partition,
      attemptId: ports.ids.next(),
      predictor,
      memory,
      remainingMs: limits.remainingMs,
    };
    const manifest = await commitTask(ports, plan, await inferPartition(ports, attempt));
    ports.log.info('predicted', { runId, partition, rows: manifest.part.rows, ...manifest.stageMs });
    return manifest;
  } catch (error) {
    ports.log.error('not predicted', { runId, partition, error: String(error) });
    // Why it failed is worth more than that the record of it failed too.
    await recordFailure(ports, task, error).catch(() => {});
    throw error;
  } finally {
    ports.memory.give(memory);
  }
}
