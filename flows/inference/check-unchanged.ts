import { LockstepError } from '#core/errors.ts';
import type { TableObject } from '#core/inference/layout.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import { resolveModel } from './resolve-model.ts';

interface UnchangedPorts {
  readonly objects: Objects;
  readonly bucket: string;
}

const HEADS_AT_ONCE = 32;

/**
 * Refuses to go on with a plan whose model or inputs are other ones by now, as far as partitions are left that need them:
 * each attempt would find that out for itself, one after the other. LS_INPUT_CHANGED, LS_MODEL_UNREADABLE.
 */
export async function checkUnchanged(ports: UnchangedPorts, plan: InferencePlan): Promise<void> {
  const left = await inputsLeft(ports, plan);
  if (left === undefined) return;
  const { uri, sha256 } = plan.prediction.model;
  const model = await resolveModel(ports.objects, ports.bucket, uri);
  if (model.sha256 !== sha256) throw changed(`${uri} has the hash ${model.sha256} by now`, plan, sha256);
  const heads = ordered(left, HEADS_AT_ONCE, async (input) => ({ input, now: await ports.objects.head(input.uri) }));
  for await (const { input, now } of heads) {
    if (now?.etag === input.etag) continue;
    const what = now === undefined ? 'is gone' : `is ${now.etag} by now`;
    throw changed(`${input.uri} ${what}`, plan, input.etag);
  }
}

const changed = (what: string, { runId }: InferencePlan, planned: string): LockstepError =>
  new LockstepError('LS_INPUT_CHANGED', `${what}, the plan of ${runId} has ${planned}`);

/** Inputs of partitions that are not committed, each once; undefined where every partition is. */
async function inputsLeft(
  { objects, bucket }: UnchangedPorts,
  plan: InferencePlan,
): Promise<readonly TableObject[] | undefined> {
  const at = runObjects({ bucket, runId: plan.runId });
  const committed = new Set<string>();
  for await (const { uri } of objects.list(at.taskManifests)) committed.add(uri);
  const left = plan.partitions.filter((_, partition) => !committed.has(at.taskManifest(partition)));
  if (left.length === 0) return undefined;
  const used = new Set(left.flatMap(({ slices }) => slices.map(({ input }) => input)));
  return plan.inputs.filter((_, index) => used.has(index));
}
