import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { executionOf } from '#flows/runs/find-execution.ts';
import { runNamed } from '#flows/runs/run-named.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { reachableClouds } from '../cloud/reach.ts';
import type { CommandContext } from '../commands/context.ts';
import { namesIn } from '../home.ts';
import { readBegun } from './begun-run.ts';

/** Runs of a deployment that a word is looked for among. */
const NEWEST = 500;

/** The run that a word on the command line means: its id, the beginning of it, or `latest`. */
export async function theRun(word: string, context: CommandContext): Promise<string> {
  return await runMeant(word, await knownRuns(context), await reachableClouds(context));
}

/** What an execution can be called: no other word is asked about. */
const WHOLE_ID = /^[a-z0-9][a-z0-9-]{0,79}$/;

/** The same, among these. The workflow records a run only once it works, so that a whole id may be that of one just started. */
export async function runMeant(
  word: string,
  ids: readonly string[],
  clouds: readonly Pick<Cloud, 'workflows' | 'runs'>[],
): Promise<string> {
  try {
    return runNamed(word, ids);
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LS_RUN_NOT_FOUND' || !WHOLE_ID.test(word)) throw error;
    for (const cloud of clouds) if ((await executionOf(cloud, word)) !== undefined) return word;
    throw error;
  }
}

/** Ids of the runs of this machine and of the clouds that are up, the newest first. */
async function knownRuns(context: CommandContext): Promise<readonly string[]> {
  const startedAt = new Map<string, number>();
  for (const runId of namesIn(context.home.runs)) {
    startedAt.set(runId, readBegun(join(context.home.runs, runId))?.startedAt ?? 0);
  }
  for (const cloud of await reachableClouds(context)) {
    for (const run of await cloud.runs.list(NEWEST)) startedAt.set(run.runId, run.startedAt);
  }
  return [...startedAt].toSorted(([, a], [, b]) => b - a).map(([runId]) => runId);
}
