import type { InferencePlan } from '#core/inference/plan.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { KernelOptions } from './kernel.ts';
import { modelFile } from './model.ts';
import { openPredictor, type Predictor } from './predictor.ts';

/** A partition that is smaller is done before a thread has started. */
const WORTH_A_THREAD_BYTES = 8 * 1024 * 1024;

/** Predictors of this process, by all that decides what they do: the next partition of a run finds the model loaded. */
const open = new Map<string, Promise<Predictor>>();

/** The predictor for a partition of a plan. `processors` is how many this process may use. */
export async function predictorFor(
  objects: Objects,
  { plan, partition, processors }: { plan: InferencePlan; partition: number; processors: number },
): Promise<Predictor> {
  const { softmax } = plan.job.predict;
  const { microBatchRows } = plan.job.limits;
  const options: KernelOptions = {
    model: await modelFile(objects, plan.model),
    bindings: plan.bindings.map(({ input, element, dims }) => ({ input, element, dims })),
    scores: plan.scores,
    softmax,
    microBatchRows,
    threads: 1,
  };
  const isSmall = (plan.partitions[partition]?.sizeBytes ?? 0) < WORTH_A_THREAD_BYTES;
  const workers = processors < 2 || isSmall ? 0 : processors;
  const key = JSON.stringify([options, workers]);
  const known = open.get(key);
  if (known) return known;
  const predictor = openPredictor(options, workers);
  open.set(key, predictor);
  predictor.catch(() => open.delete(key));
  return predictor;
}

/** Closes every predictor of this process, between runs. */
export async function closePredictors(): Promise<void> {
  const all = [...open.values()];
  open.clear();
  await Promise.all(all.map(async (predictor) => (await predictor).close()));
}
