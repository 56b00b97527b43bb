import { LockstepError } from '#core/errors.ts';
import { type ResumedRun, resumeRun } from '#flows/runs/resume-run.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { inCloudOf } from '../cloud/reach.ts';
import { resumedText } from '../output/resumed-text.ts';
import type { Summary } from '../output/summary.ts';
import { beginRun } from '../run/begun-run.ts';
import { watchInference } from '../run/inference.ts';
import { theRun } from '../run/known-runs.ts';
import type { CommandContext } from './context.ts';
import { endInference } from './infer.ts';
import { forgetResult } from './kept-run.ts';

/**
 * `lockstep resume RUN`: goes on with an inference run that failed or was cancelled, watches it to its end, and says what it
 * came to. LS_NOT_RESUMABLE; LS_RUN_NOT_FOUND where its cloud is gone.
 */
export async function resume(word: string, context: CommandContext): Promise<Summary> {
  const { home, screen, interrupt } = context;
  const { cloud, ...run } = await resumedIn(await theRun(word, context), context);
  const { runId } = run;
  screen.say(resumedText(run));
  forgetResult(home, runId);
  beginRun(home, { runId, kind: 'infer' });
  return await endInference(await watchInference(cloud, run, { screen, signal: interrupt.signal }), cloud, context);
}

async function resumedIn(runId: string, context: CommandContext): Promise<ResumedRun & { readonly cloud: Cloud }> {
  try {
    return await inCloudOf(runId, context, async (cloud) => {
      const run = await resumeRun(cloud, runId);
      return run && { ...run, cloud };
    });
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LS_RUN_NOT_FOUND') throw error;
    throw new LockstepError(error.code, error.message, {
      remedy:
        'A cloud that a command has to itself goes down with it, and the run too: what may have to be resumed runs in one that ' +
        'stays, `lockstep local up` or a stack (--stack, --outputs).',
    });
  }
}
