import { join } from 'node:path';
import { runNamed } from '#flows/runs/run-named.ts';
import { reachableClouds } from '../cloud/reach.ts';
import type { CommandContext } from '../commands/context.ts';
import { namesIn } from '../home.ts';
import { readBegun } from './begun-run.ts';

/** Runs of a deployment that a word is looked for among. */
const NEWEST = 500;

/** The run that a word on the command line means: its id, the beginning of it, or `latest`. */
export async function theRun(word: string, context: CommandContext): Promise<string> {
  return runNamed(word, await knownRuns(context));
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
