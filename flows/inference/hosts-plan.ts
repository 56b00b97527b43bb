import type { InferencePlan } from '#core/inference/plan.ts';
import { isPlannedByHosts } from '#core/inference/planned.ts';
import type { InferJob } from '#core/job/job.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';

interface PlanPlace {
  readonly objects: Objects;
  readonly bucket: string;
}

/** True where the plan of a run is left to its hosts, and they have not made it. */
export const isLeftToHosts = async (place: PlanPlace, runId: string, job: InferJob): Promise<boolean> =>
  isPlannedByHosts(job) && (await planIfAny(place, runId)) === undefined;

/** The plan of a run, once there is one. */
export async function planIfAny({ objects, bucket }: PlanPlace, runId: string): Promise<InferencePlan | undefined> {
  return (await readJsonIfAny<InferencePlan>(objects, runObjects({ bucket, runId }).plan))?.value;
}
