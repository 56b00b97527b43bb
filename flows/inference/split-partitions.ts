import { invariant } from '#core/errors.ts';
import type { PartitionFailure } from '#core/inference/manifest.ts';
import type { InferencePlan, Slice } from '#core/inference/plan.ts';
import { nextRound } from '#core/inference/round.ts';
import { type LostPartition, splitLost, standing } from '#core/inference/split.ts';
import type { InferenceState, PartitionItem } from '#core/inference/state.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, runObjects } from '#core/objects/addresses.ts';
import { readJson, readJsonIfAny } from '#formats/json/json-object.ts';
import { countRows } from '#formats/table/formats.ts';
import type { CommitPorts } from './commit-run.ts';
import { createOnce } from './create-once.ts';

/**
 * What a Map goes over next that has ended well, though some of its partitions were lost: what is missing, each lost partition in
 * pieces. Undefined where nothing is missing, or pieces would not help. May be repeated: the plan of a split is created once.
 */
export async function splitPartitions(
  ports: CommitPorts,
  { runId, round, planUri }: Required<Pick<InferenceState, 'runId' | 'round' | 'planUri'>>,
): Promise<Partial<InferenceState> | undefined> {
  const { objects, bucket } = ports;
  const at = runObjects({ bucket, runId });
  const { value: plan } = await readJson<InferencePlan>(objects, planUri);
  const done = new Set<string>();
  for await (const { uri } of objects.list(at.taskManifests)) done.add(uri);
  const isDone = (partition: number) => done.has(at.taskManifest(partition));
  const missing = standing(plan, isDone).filter((partition) => !isDone(partition));
  if (missing.length === 0) return undefined;

  const lost: LostPartition[] = [];
  for (const partition of missing) lost.push({ partition, class: await whyLost(ports, { runId, round, partition }) });
  const rows = await blockRows(ports, plan, missing);
  const split = splitLost(plan, { lost, isAnyDone: done.size > 0, rowsOf: (slice) => rowsIn(rows, slice) });
  if (split === undefined) return undefined;
  const splitUri = at.splitPlan(split.generation ?? 0);
  const stored = await createOnce(objects, splitUri, split);
  const next = nextRound(round);
  const items = standing(stored, isDone).flatMap((partition): PartitionItem[] =>
    isDone(partition) ? [] : [{ runId, planUri: splitUri, partition }],
  );
  const itemsKey = OBJECTS.itemsOfRound(runId, next);
  await createOnce(objects, objectUri(bucket, itemsKey), items);
  return { planUri: splitUri, itemsKey, round: next, partitions: items.length };
}

/** An attempt that ran out of time has said so; one that was killed has not. */
async function whyLost(
  { objects, bucket }: CommitPorts,
  { runId, round, partition }: { readonly runId: string; readonly round: string; readonly partition: number },
): Promise<LostPartition['class']> {
  const failure = await readJsonIfAny<PartitionFailure>(
    objects,
    runObjects({ bucket, runId }).failure(round, partition),
  );
  return failure?.value.code === 'LS_PARTITION_TIMEOUT' ? 'timeout' : 'oom';
}

/** Rows of each block of the inputs of some partitions that have a single one, by input. */
async function blockRows(
  { objects }: CommitPorts,
  plan: InferencePlan,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const found = new Map<number, readonly number[]>();
  for (const { slices } of partitions.flatMap((partition) => plan.partitions[partition] ?? [])) {
    const [only, more] = slices;
    if (!only || more || only.blocks.length !== 1 || only.rows || found.has(only.input)) continue;
    const object = plan.inputs[only.input];
    invariant(object, `the plan of ${plan.runId} has no input ${only.input}`);
    found.set(only.input, (await countRows(objects, object)).blockRows);
  }
  return found;
}

function rowsIn(rows: ReadonlyMap<number, readonly number[]>, { input, first }: Slice): number {
  const count = rows.get(input)?.[first];
  invariant(count !== undefined, `the rows of block ${first} of input ${input} were counted`);
  return count;
}
