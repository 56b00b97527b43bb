import { LockstepError } from '#core/errors.ts';
import type { CommandContext } from '../commands/context.ts';
import { openFound, openStack } from './choose.ts';
import type { Cloud } from './cloud.ts';
import { findClouds } from './cloud-file.ts';

/** Every cloud that commands on this machine can ask: the stack that was named, or the local ones that are up. */
export async function reachableClouds({ choice, home }: CommandContext): Promise<readonly Cloud[]> {
  if (choice.stack !== undefined || choice.outputs !== undefined) return [openStack(choice)];
  return (await findClouds(home)).map((found) => openFound(found));
}

/** What `find` finds in the first cloud that knows the run. LS_RUN_NOT_FOUND where none does. */
export async function inCloudOf<T>(
  runId: string,
  context: CommandContext,
  find: (cloud: Cloud) => Promise<T | undefined>,
): Promise<T> {
  for (const cloud of await reachableClouds(context)) {
    const found = await find(cloud);
    if (found !== undefined) return found;
  }
  throw new LockstepError('LS_RUN_NOT_FOUND', `no cloud that is up knows a run ${runId}`);
}
