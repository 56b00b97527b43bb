import { LockstepError } from '#core/errors.ts';
import { leftOutLines } from '#core/inference/folder.ts';
import { loadJob } from '../job/load-job.ts';
import type { LoadedInfer, LoadedStream } from '../job/loaded.ts';
import { planFigures, planLines } from '../output/plan-lines.ts';
import { planFiles } from '../run/plan-files.ts';
import type { CommandContext } from './context.ts';
import { planQuery } from './plan-query.ts';
import { type Planned, planTraining } from './plan-training.ts';

/** `lockstep plan JOB.yaml`: what the job would do. Nothing is started, uploaded or written. */
export async function plan(file: string, context: CommandContext): Promise<Planned> {
  const loaded = loadJob(file);
  if (loaded.kind === 'train') return await planTraining(loaded, context);
  if (loaded.kind === 'infer') return await planInference(loaded, context);
  if (loaded.kind === 'stream') throw noPlan(loaded);
  // Its model does not exist before the training has published it, so only the training can be planned.
  return await planTraining(loaded.train, context);
}

const noPlan = ({ job }: LoadedStream): LockstepError =>
  new LockstepError(
    'LS_USAGE',
    `${job.name} is a stream: how its records are predicted is decided by the first of them`,
    {
      remedy: 'Try it over the files that are there with `lockstep stream --once`.',
    },
  );

async function planInference(loaded: LoadedInfer, context: CommandContext): Promise<Planned> {
  const { sql } = loaded.job;
  if (sql !== undefined) return await planQuery(loaded, sql, context);
  const plan = await planFiles(loaded, context);
  const { skipped } = plan;
  const lines = [...planLines(plan), ...leftOutLines(skipped)];
  return { object: { kind: 'infer', ...planFigures(plan), skipped }, lines };
}
