import type { Command, CommanderError } from 'commander';
import { LockstepError } from '#core/errors.ts';

/** An error of the command line itself as LS_USAGE, with the help of the command at hand; undefined where it only printed help. */
export function usageError(
  error: CommanderError,
  program: Command,
  words: readonly string[],
): LockstepError | undefined {
  if (error.exitCode === 0) return undefined;
  const message = error.code === 'commander.help' ? 'no command was given' : error.message.replace(/^error: /, '');
  const remedy = `Run \`${commandAt(program, words)} --help\`.`;
  return new LockstepError('LS_USAGE', message, { cause: error, remedy });
}

/** The command that words name, as far as they do: `lockstep local up`. */
function commandAt(program: Command, [word, ...rest]: readonly string[]): string {
  const next = program.commands.find((command) => command.name() === word);
  return next === undefined ? program.name() : `${program.name()} ${commandAt(next, rest)}`;
}
