import { cancelRun } from '#flows/runs/cancel-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { inCloudOf } from '../cloud/reach.ts';
import { cancelledText } from '../output/cancelled-text.ts';
import type { CommandContext } from './context.ts';

/** `lockstep cancel RUN`: stops a run in whichever cloud it is. Returns what was done, in a sentence. */
export async function cancel(runId: string, context: CommandContext): Promise<string> {
  return await inCloudOf(runId, context, (cloud) => cancelIn(cloud, runId, context));
}

async function cancelIn(cloud: Cloud, runId: string, { screen }: CommandContext): Promise<string | undefined> {
  const onGrace = (graceS: number) => screen.say(`${runId}: tasks are asked to end, and have ${graceS} s`);
  const done = await cancelRun(cloud, runId, { by: '`lockstep cancel`', onGrace });
  if (done === undefined) return undefined;
  if (typeof done === 'string') return `${runId} has ended already: ${done}`;
  return `${runId}: cancelled; ${cancelledText(done)}`;
}
