import { LockstepError } from '#core/errors.ts';
import { agentClient } from './client.ts';
import { openContext, type TaskContext } from './context.ts';
import { writeErrorFile } from './error-file.ts';

/** 128 + 15: what a shell reports for a process that SIGTERM ended. */
const TERMINATED = 143;
/** Time that `main` has, after SIGTERM, to come back from what it does; the agent's own grace is longer. */
const SETTLE_MS = 2_000;

/**
 * Runs the main function of a task and ends the process: 0 when it returns, 1 when it throws (the reason is in the
 * error file and on standard error), 143 when the agent stopped it.
 */
export async function run(main: (task: TaskContext) => Promise<void> | void): Promise<never> {
  try {
    const { context, cancellation } = await openContext(agentClient());
    process.once('SIGTERM', () => {
      cancellation.cancel('the agent stopped this task');
      setTimeout(() => process.exit(TERMINATED), SETTLE_MS).unref();
    });
    try {
      await main(context);
    } finally {
      context.close();
    }
    process.exit(0);
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'LS_CANCELLED') process.exit(TERMINATED);
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    writeErrorFile(error);
    process.exit(1);
  }
}
