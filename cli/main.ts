/** Parses the command line, runs the command, prints what it came to and sets the exit code. */
import { CommanderError } from 'commander';
import { EXIT_CODES } from '#core/error-kinds.ts';
import { LockstepError } from '#core/errors.ts';
import type { CommandContext } from './commands/context.ts';
import { openHome } from './home.ts';
import { type Interrupt, listenForInterrupt } from './interrupt.ts';
import { machineError } from './machine-error.ts';
import { openScreen } from './output/screen.ts';
import { openStandardOutput } from './output/standard-output.ts';
import { type Failure, failureFrom, failureLines } from './output/summary.ts';
import { wrappedFor } from './output/wrap.ts';
import type { Answer, GlobalFlags } from './program/answer.ts';
import { newProgram } from './program/program.ts';
import { usageError } from './program/usage-error.ts';
import { RunFailed } from './run/run-failed.ts';
import { accountError, serviceError } from './service-error.ts';

/** Exit code of a bug in Lockstep itself. */
const BUG = 1;

const screen = openScreen();
const json = process.argv.includes('--json');
const { print, flushed } = openStandardOutput(process);
let interrupt: Interrupt | undefined;

const contextOf = ({ stack, outputs, fetch }: GlobalFlags): CommandContext => {
  interrupt = listenForInterrupt(screen.say, () => void exit(fail(undefined)));
  const choice = {
    ...(stack !== undefined && { stack }),
    ...(outputs !== undefined && { outputs }),
    ...(fetch !== undefined && { fetch }),
  };
  return { home: openHome(), screen, interrupt, choice, print, json };
};

let exitCode = 0;
function done(answer: Answer): void {
  exitCode = answer.exitCode ?? 0;
  if (json) print(JSON.stringify({ ok: true, ...answer.object }));
  else for (const line of answer.lines) for (const each of wrappedFor(process.stdout, line)) print(each);
}

/** Says once how the command failed: what breaks while it ends is a consequence. */
function fail(error: unknown): number {
  screen.fail();
  const known = recognized(error);
  const code = known === undefined ? BUG : EXIT_CODES[known.kind];
  if (hasFailed) return code;
  hasFailed = true;
  if (known === undefined) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  const failure: Failure = known === undefined ? bug(error) : failureFrom(known);
  for (const line of failureLines(failure)) {
    for (const each of wrappedFor(process.stderr, line)) process.stderr.write(`${each}\n`);
  }
  if (json) print(JSON.stringify(failure));
  return code;
}
let hasFailed = false;

function recognized(error: unknown): LockstepError | undefined {
  if (error instanceof RunFailed) return error;
  // Whatever broke because the run was being cancelled, the cancellation is what happened.
  if (interrupt?.signal.aborted) return interrupt.signal.reason as LockstepError;
  return error instanceof LockstepError ? accountError(error) : (machineError(error) ?? serviceError(error));
}

const bug = (error: unknown): Failure => ({
  ...{ ok: false, code: 'BUG', message: error instanceof Error ? error.message : String(error) },
  remedy: 'This is a bug in Lockstep. Please report it, with the lines above.',
});

async function main(): Promise<number> {
  const program = newProgram({ contextOf, done });
  try {
    await program.parseAsync();
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return fail(error);
    const usage = usageError(error, program, process.argv.slice(2));
    return usage === undefined ? 0 : fail(usage);
  }
}

/** A result that could not be written is no success. */
async function exit(code: number): Promise<never> {
  const unwritten = await flushed();
  process.exit(unwritten === undefined || code !== 0 ? code : fail(unwritten));
}

// An error that came up beside the command, in a timer or a server of the cloud: said as any other, and the cloud is
// taken down as far as that still works. What a full disk breaks meanwhile has the same cause.
let isEnding = false;
process.on('uncaughtException', (error) => {
  const code = fail(error);
  if (isEnding) return;
  isEnding = true;
  void (interrupt?.force() ?? Promise.resolve()).then(() => exit(code));
});

await exit(await main());
