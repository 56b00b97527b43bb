import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { openFile } from '../open-file.ts';
import { theRun } from '../run/known-runs.ts';
import { RunFailed } from '../run/run-failed.ts';
import { attach, attachedState } from './attach.ts';
import type { CommandContext } from './context.ts';
import { reportPath } from './kept-run.ts';

export interface ReportFlags {
  /** Show it, in the browser. */
  readonly open?: boolean;
}

/**
 * `lockstep report RUN`: the path of the report of a run that has ended. One that no command has watched is made now, from
 * what its cloud knows. LS_USAGE for a run that goes on.
 */
export async function report(
  word: string,
  { open = false }: ReportFlags,
  context: CommandContext,
): Promise<{ readonly runId: string; readonly report: string }> {
  const runId = await theRun(word, context);
  const path = reportPath(join(context.home.runs, runId));
  if (!existsSync(path)) await make(runId, context);
  if (open) await openFile(path);
  return { runId, report: path };
}

/** A report tells of a run that failed as well. */
async function make(runId: string, context: CommandContext): Promise<void> {
  if ((await attachedState(runId, context)) === 'running') {
    throw new LockstepError('LS_USAGE', `${runId} goes on, and has its report when it has ended`, {
      remedy: `Look at it with \`lockstep dashboard\`, or watch it to its end with \`lockstep attach ${runId}\`.`,
    });
  }
  await attach(runId, {}, context).catch((error: unknown) => {
    if (!(error instanceof RunFailed)) throw error;
  });
}
