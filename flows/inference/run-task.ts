import { predictorFor } from '#adapters/predictors/onnx/predictors.ts';
import type { TaskManifest } from '#core/inference/manifest.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import type { PartitionTask } from '#core/inference/state.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Ids } from '#core/system/ports.ts';
import { readJson } from '#formats/json/json-object.ts';
import { commitTask, committedTask, recordFailure } from './commit-task.ts';
import { type InferPorts, inferPartition, newWorkspace, type Workspace } from './infer-partition.ts';

export interface TaskPorts extends InferPorts {
  readonly ids: Ids;
}

export interface TaskLimits {
  /** Processors that this process may use. */
  readonly processors: number;
  /** Milliseconds that are left. */
  readonly remainingMs: () => number;
}

/** Memory that no attempt holds. Mostly there is one, because a process works on one partition after the other. */
const unused: Workspace[] = [];

/**
 * Predicts and commits one partition, unless it is committed already. May run any number of times, also at once: one
 * manifest results. What goes wrong is recorded for the commit of the run, then thrown.
 */
export async function runTask(ports: TaskPorts, task: PartitionTask, limits: TaskLimits): Promise<TaskManifest> {
  const { partition } = task;
  const memory = unused.pop() ?? newWorkspace();
  try {
    const plan = await readPlan(ports.objects, task.planUri);
    const done = await committedTask(ports, plan, partition);
    if (done) return done;
    const predictor = await predictorFor(ports.objects, { plan, partition, processors: limits.processors });
    const attempt = {
      plan,
      partition,
      attemptId: ports.ids.next(),
      predictor,
      memory,
      remainingMs: limits.remainingMs,
    };
    return await commitTask(ports, plan, await inferPartition(ports, attempt));
  } catch (error) {
    // Why it failed is worth more than that the record of it failed too.
    await recordFailure(ports, task, error).catch(() => {});
    throw error;
  } finally {
    unused.push(memory);
  }
}

const latest = new WeakMap<Objects, { readonly uri: string; readonly plan: InferencePlan }>();

/** A plan never changes, and the next task of a process is mostly of the same run. */
async function readPlan(objects: Objects, uri: string): Promise<InferencePlan> {
  const known = latest.get(objects);
  if (known?.uri === uri) return known.plan;
  const { value: plan } = await readJson<InferencePlan>(objects, uri);
  latest.set(objects, { uri, plan });
  return plan;
}
