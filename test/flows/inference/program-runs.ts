/** Runs of a program of the user's over what a world holds: planned, predicted, committed and read. */
import type { InferencePlan } from '#core/inference/plan.ts';
import { fieldText } from '#core/inference/prediction.ts';
import type { InferenceState } from '#core/inference/state.ts';
import type { InferJob } from '#core/job/job.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { commitInference } from '../../../functions/commit-inference.ts';
import { inferOne } from '../../../functions/infer-partition.ts';
import { planInference } from '../../../functions/plan-inference.ts';
import { type newWorld, unhurried } from './world.ts';

type World = ReturnType<typeof newWorld>;

export interface ProgramRun {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** The planned fields, as `lockstep plan` prints them. */
  readonly text: string;
}

/** Plans the job with this source as its program. */
export async function planProgram(world: World, job: InferJob, source: string): Promise<InferencePlan> {
  await world.objects.put(job.model, Buffer.from(source));
  return (await planRun(world.ports, await world.start('r1', job))).plan;
}

/** Every row that the job commits with this source as its program: `id`, and the fields of its prediction. */
export async function predictByProgram(world: World, job: InferJob, source: string): Promise<ProgramRun> {
  const { prediction } = await planProgram(world, job, source);
  const planned = (await planInference(await world.started('r1', job), world.ports)) as InferenceState;
  for (const task of await world.items('r1')) await inferOne(world.ports, task, unhurried);
  const { manifestUri } = await commitInference(planned, world.ports);
  const rows: Record<string, unknown>[] = [];
  for await (const batch of (await readCommitted(world, manifestUri as string)).batches()) {
    for (const row of batch) rows.push({ id: row?.id, ...row?.prediction.toJSON() });
  }
  return { rows, text: prediction.fields.map(fieldText).join(', ') };
}
