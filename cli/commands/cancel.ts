import { cancelRun } from '#flows/runs/cancel-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { inCloudOf } from '../cloud/reach.ts';
import { cancelledText } from '../output/cancelled-text.ts';
import { theRun } from '../run/known-runs.ts';
import { serviceError } from '../service-error.ts';
import type { CommandContext } from './context.ts';
import { listKept } from './kept-run.ts';

/** `lockstep cancel RUN`: stops a run in whichever cloud it is. Returns what was done, in a sentence. */
export async function cancel(word: string, context: CommandContext): Promise<string> {
  const runId = await theRun(word, context);
  const ended = endedHere(runId, context);
  if (ended !== undefined) return `${runId} has ended already: ${ended}`;
  return await inCloudOf(runId, context, (cloud) => cancelIn(cloud, runId, context));
}

async function cancelIn(cloud: Cloud, runId: string, context: CommandContext): Promise<string | undefined> {
  let wasAsked = false;
  const onGrace = (graceS: number) => {
    wasAsked = true;
    context.screen.say(`${runId}: tasks are asked to end, and have ${graceS} s`);
  };
  try {
    const done = await cancelRun(cloud, runId, { by: '`lockstep cancel`', onGrace });
    if (done === undefined) return undefined;
    if (typeof done === 'string') return `${runId} has ended already: ${done}`;
    return `${runId}: cancelled; ${cancelledText(done)}`;
  } catch (error) {
    // A cloud that a command has to itself goes down with the run, and with it whoever could be asked how it ended.
    if (!wasAsked || serviceError(error) === undefined) throw error;
    return `${runId}: cancelled; its cloud went down with it${ofKept(runId, context)}`;
  }
}

const ofKept = (runId: string, context: CommandContext): string => {
  const ended = endedHere(runId, context);
  return ended === undefined ? '' : ` and left the run as ${ended}`;
};

/** How a run ended that left its result on this machine. */
function endedHere(runId: string, { home }: CommandContext): string | undefined {
  const result = listKept(home).find((run) => run.runId === runId)?.result;
  if (result === undefined) return undefined;
  if (result.ok) return 'succeeded';
  return result.code === 'LS_CANCELLED' ? 'cancelled' : 'failed';
}
