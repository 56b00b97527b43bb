import type { Argument, Command, Option } from 'commander';

/** What a shell may offer at one place of the command line. */
export interface Completions {
  readonly words: readonly string[];
  /** True where the shell's own completion of files fits better than any word of ours. */
  readonly isFile: boolean;
}

/** Names that only this machine knows, by the name of the argument that they are for. */
export type KnownWords = Readonly<Record<string, () => readonly string[]>>;

/** Arguments and options whose value is a file or a folder. */
const FILES = new Set(['job', '--outputs', '--warehouse']);

/** What may stand where `current` does, after the words before it, which begin after `lockstep`. */
export function complete(
  program: Command,
  [before, current]: readonly [before: readonly string[], current: string],
  known: KnownWords,
): Completions {
  const at = placeAfter(program, before);
  if (at.awaits !== undefined) return valuesOf(at.awaits, current);
  if (current.startsWith('-')) return offer(optionsOf(at.command, program), current);
  const subcommands = at.command.commands.filter((one) => !isHidden(one)).map((one) => one.name());
  const argument = at.command.registeredArguments[Math.min(at.given, at.command.registeredArguments.length - 1)];
  if (subcommands.length > 0 || argument === undefined) return offer(subcommands, current);
  return wordsFor(argument, current, known);
}

interface Place {
  readonly command: Command;
  /** Arguments of the command that have been given. */
  readonly given: number;
  /** The option whose value comes next. */
  readonly awaits?: Option | undefined;
}

function placeAfter(program: Command, words: readonly string[]): Place {
  let [command, given]: [Command, number] = [program, 0];
  let awaits: Option | undefined;
  for (const word of words) {
    if (awaits !== undefined) {
      awaits = undefined;
    } else if (word.startsWith('-')) {
      const option = [...command.options, ...program.options].find((one) => one.short === word || one.long === word);
      awaits = option?.required ? option : undefined;
    } else {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) given += 1;
      else [command, given] = [next, 0];
    }
  }
  return { command, given, awaits };
}

const offer = (words: readonly string[], current: string): Completions => ({
  words: words.filter((word) => word.startsWith(current)),
  isFile: false,
});

const valuesOf = ({ long, argChoices = [] }: Option, current: string): Completions =>
  FILES.has(long ?? '') ? { words: [], isFile: true } : offer(argChoices, current);

function wordsFor(argument: Argument, current: string, known: KnownWords): Completions {
  const name = argument.name();
  return FILES.has(name) ? { words: [], isFile: true } : offer(known[name]?.() ?? argument.argChoices ?? [], current);
}

const optionsOf = (command: Command, program: Command): readonly string[] =>
  [...new Set([...command.options, ...program.options].flatMap(({ long }) => long ?? []))].concat('--help');

const isHidden = (command: Command): boolean => command.name().startsWith('__');
