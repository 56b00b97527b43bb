import { streamObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { StreamPlan } from '#core/stream/plan.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { createOnce } from '../inference/create-once.ts';
import type { StreamPlans } from './ports.ts';

/** Plans as objects of the stream: the first process that meets a shape decides for all. */
export function objectPlans(objects: Objects, bucket: string, stream: string): StreamPlans {
  const at = streamObjects(bucket, stream);
  return rememberedPlans(async (key, make) => {
    const stored = await readJsonIfAny<StreamPlan>(objects, at.plan(key));
    return stored?.value ?? (await createOnce(objects, at.plan(key), await make()));
  });
}

/** Plans that are asked for once in a process; one that could not be made is asked for again. */
export function rememberedPlans(find: StreamPlans['planOf'] = (_, make) => make()): StreamPlans {
  const known = new Map<string, Promise<StreamPlan>>();
  return {
    planOf(key, make) {
      const found = known.get(key) ?? find(key, make);
      known.set(key, found);
      found.catch(() => known.delete(key));
      return found;
    },
  };
}
