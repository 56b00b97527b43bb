import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { executionOf } from '#flows/runs/find-execution.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { reachableClouds } from '../cloud/reach.ts';
import { STOPS } from '../interrupt.ts';
import { type FunctionLine, functionLogReader, keptFunctionLines } from '../run/function-logs.ts';
import type { CommandContext } from './context.ts';

/** What functions wrote about a run, from the cloud while that has it, otherwise from this machine. */
export async function functionLines(runId: string, context: CommandContext): Promise<readonly FunctionLine[]> {
  const run = await runIn(runId, context);
  const lines = run === undefined ? [] : await functionLogReader(run.folder, runId).poll();
  const all = lines.length > 0 ? lines : keptFunctionLines(join(context.home.runs, runId));
  if (all.length === 0) context.screen.say(`${runId}: no function has written anything`);
  return all;
}

/** Gives `show` the lines as they come, until the run has ended. */
export async function followFunctions(
  runId: string,
  context: CommandContext,
  show: (lines: readonly FunctionLine[]) => void,
): Promise<void> {
  const { signal } = context.interrupt;
  context.interrupt.means(STOPS);
  const run = await runIn(runId, context);
  if (run === undefined) return show(await functionLines(runId, context));
  const { cloud, folder, isRunning } = run;
  const reader = functionLogReader(folder, runId);
  while (!signal.aborted && (await isRunning())) {
    show(await reader.poll());
    await cloud.clock.sleep(cloud.pollMs, signal).catch(() => {});
  }
  show(await reader.poll());
}

interface RunWithLogs {
  readonly cloud: Cloud;
  /** Folder with a log for each function. */
  readonly folder: string;
  isRunning(): Promise<boolean>;
}

/** Undefined where no cloud that is up knows the run. LS_USAGE for a stack, which keeps these logs elsewhere. */
async function runIn(runId: string, context: CommandContext): Promise<RunWithLogs | undefined> {
  for (const cloud of await reachableClouds(context)) {
    const find = () => executionOf(cloud, runId);
    if ((await find()) === undefined) continue;
    if (cloud.functionLogs === undefined) throw inCloudWatch(runId, cloud.name);
    return { cloud, folder: cloud.functionLogs, isRunning: async () => (await find())?.status === 'running' };
  }
  return undefined;
}

const inCloudWatch = (runId: string, stack: string): LockstepError =>
  new LockstepError(
    'LS_USAGE',
    `the functions of the stack ${stack} write to CloudWatch, which is not read from here`,
    {
      remedy: `Find the log group of a function in the stack, and run \`aws logs tail GROUP --filter-pattern '"${runId}"'\`.`,
    },
  );
