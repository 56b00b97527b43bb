import { LockstepError } from '#core/errors.ts';
import { type InstalledStream, installStream } from '#flows/stream/install-stream.ts';
import { openStack } from '../cloud/choose.ts';
import type { JobOverrides } from '../job/load-job.ts';
import { shippedModel } from '../run/local-inputs.ts';
import { checkPythonPlace } from '../run/python-place.ts';
import type { CommandContext } from './context.ts';
import { openJob } from './open-job.ts';

/** `lockstep stream JOB.yaml --stack NAME`: the deployed stream of the job's name predicts by it from now on. */
export async function installInStack(
  file: string,
  { set, once }: JobOverrides & { readonly once?: boolean },
  context: CommandContext,
): Promise<InstalledStream> {
  const loaded = openJob(file, 'stream', { ...(set && { set }) });
  if (once === true) {
    throw new LockstepError('LS_USAGE', '--once is for a folder of this machine; a stream of a stack does not end', {
      remedy: 'Leave out --once or --stack.',
    });
  }
  checkPythonPlace(loaded.job, context.choice);
  const model = await shippedModel(loaded);
  return await installStream(openStack(context.choice), loaded.job, model?.bytes);
}

export const installedLines = ({ name, model, arrivals }: InstalledStream): readonly string[] => [
  `${name}: ${model}, within a minute`,
  `objects that are put below ${arrivals} are its records, and messages of its queue`,
];
