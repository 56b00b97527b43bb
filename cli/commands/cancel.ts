import { inCloudOf } from '../cloud/reach.ts';
import { cancelIn, endedHere } from '../run/cancel-in.ts';
import { theRun } from '../run/known-runs.ts';
import type { CommandContext } from './context.ts';

/** `lockstep cancel RUN`: stops a run in whichever cloud it is. Returns what was done, in a sentence. */
export async function cancel(word: string, context: CommandContext): Promise<string> {
  const { home, screen } = context;
  const runId = await theRun(word, context);
  const ended = endedHere(runId, home);
  if (ended !== undefined) return `${runId} has ended already: ${ended}`;
  const onGrace = (graceS: number) => screen.say(`${runId}: tasks are asked to end, and have ${graceS} s`);
  return await inCloudOf(runId, context, (cloud) => cancelIn(cloud, runId, { by: '`lockstep cancel`', onGrace, home }));
}
