import { type CancelOptions, cancelRun } from '#flows/runs/cancel-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { keptState, listKept } from '../commands/kept-run.ts';
import type { Home } from '../home.ts';
import { cancelledText } from '../output/cancelled-text.ts';
import { serviceError } from '../service-error.ts';

/** How a run ended that left its result on this machine; undefined for any other. */
export function endedHere(runId: string, home: Home): string | undefined {
  const kept = listKept(home).find((run) => run.runId === runId);
  return kept?.result === undefined ? undefined : keptState(kept);
}

/**
 * Cancels a run, be it asked for by the command or on the page, and says in a sentence what came of it. Undefined if the
 * cloud does not know the run.
 */
export async function cancelIn(
  cloud: Cloud,
  runId: string,
  { home, ...options }: CancelOptions & { readonly home: Home },
): Promise<string | undefined> {
  let wasAsked = false;
  const onGrace = (graceS: number) => {
    wasAsked = true;
    options.onGrace?.(graceS);
  };
  try {
    const done = await cancelRun(cloud, runId, { ...options, onGrace });
    if (done === undefined) return undefined;
    if (typeof done === 'string') return `${runId} has ended already: ${done}`;
    return `${runId}: cancelled; ${cancelledText(done)}`;
  } catch (error) {
    // A cloud that a command has to itself goes down with the run, and with it whoever could be asked how it ended.
    if (!wasAsked || serviceError(error) === undefined) throw error;
    const ended = endedHere(runId, home);
    return `${runId}: cancelled; its cloud went down with it${ended === undefined ? '' : ` and left the run as ${ended}`}`;
  }
}
