import type { Crew } from '#core/inference/crew.ts';
import type { ClaimStore } from '#core/inference/ports.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { readJson } from '#formats/json/json-object.ts';
import { createOnce } from './create-once.ts';

export interface WorkListPorts {
  readonly objects: Objects;
  readonly bucket: string;
  readonly claims: ClaimStore;
}

/**
 * Writes down what the hosts of a crew have to predict: the partitions that have no predictions yet, in the order of the plan.
 * Written once an attempt, so that a place in it means the same partition to everybody.
 */
export async function beginWork(
  { objects, bucket, claims }: WorkListPorts,
  { runId, attempt }: Crew,
  partitions: number,
): Promise<void> {
  const at = runObjects({ bucket, runId });
  const done = new Set<string>();
  for await (const { uri } of objects.list(at.taskManifests)) done.add(uri);
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const list = await createOnce(
    objects,
    at.work(attempt),
    all.filter((partition) => !done.has(at.taskManifest(partition))),
  );
  await claims.begin({ runId, attempt }, list.length);
}

/** The list as it was written. */
export async function workList(
  { objects, bucket }: Pick<WorkListPorts, 'objects' | 'bucket'>,
  { runId, attempt }: Pick<Crew, 'runId' | 'attempt'>,
): Promise<readonly number[]> {
  return (await readJson<readonly number[]>(objects, runObjects({ bucket, runId }).work(attempt))).value;
}
