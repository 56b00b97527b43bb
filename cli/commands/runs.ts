import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { isAlive } from '../cloud/cloud-file.ts';
import { readBegun } from '../run/begun-run.ts';
import { theRun } from '../run/known-runs.ts';
import type { CommandContext } from './context.ts';
import { listKept } from './kept-run.ts';

/**
 * `lockstep runs rm RUN…`: removes what runs left on this machine: outputs, logs, result and report. What a cloud has of them
 * stays. Returns the runs; none is removed where one of them cannot be: LS_USAGE for a run that goes on.
 */
export async function removeRuns(words: readonly string[], context: CommandContext): Promise<readonly string[]> {
  const { home } = context;
  const runs: string[] = [];
  for (const word of words) runs.push(await theRun(word, context));
  const ended = new Set(listKept(home).map(({ runId }) => runId));
  for (const runId of runs) {
    const folder = join(home.runs, runId);
    const begun = readBegun(folder);
    if (ended.has(runId)) continue;
    const isWatched = begun !== undefined && isAlive(begun.pid);
    const message = isWatched
      ? `${runId} goes on, in process ${begun.pid}`
      : `${runId} has left nothing on this machine`;
    throw new LockstepError('LS_USAGE', message, {
      remedy: isWatched ? `End it with \`lockstep cancel ${runId}\` first.` : 'There is nothing to remove.',
    });
  }
  for (const runId of runs) rmSync(join(home.runs, runId), { recursive: true, force: true });
  return runs;
}
