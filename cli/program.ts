import { Command, type CommanderError, Option } from 'commander';
import { LockstepError } from '#core/errors.ts';
import type { CommandContext } from './commands/context.ts';
import { type TrainFlags, train } from './commands/train.ts';
import type { Summary } from './output/summary.ts';

export interface GlobalFlags {
  readonly json?: boolean;
  readonly stack?: string;
  readonly outputs?: string;
}

/** Makes the context of a command from the flags that every command has. */
export type ContextOf = (flags: GlobalFlags) => CommandContext;

/** What a command came to: the summary of a run, or nothing that is worth one. */
export type Ran = Summary | undefined;

/** The command line as a whole. `run` gets what the chosen command came to. */
export function newProgram(contextOf: ContextOf, done: (ran: Ran) => void): Command {
  const program = new Command('lockstep')
    .description('Gang-scheduled training and Arrow inference as Step Functions workflows, on this machine or on AWS.')
    .option('--json', 'print the result as one JSON object, on the last line of standard output')
    .addOption(new Option('--cloud <name>', 'where to run').choices(['local']).default('local'))
    .option('--stack <name>', 'use this deployed stack instead of a local cloud (needs --outputs)')
    .option('--outputs <file>', 'file that `cdk deploy --outputs-file` wrote')
    .showSuggestionAfterError()
    .exitOverride();

  /** Lets an action answer with a summary. Its last arguments are the flags of the command and the command itself. */
  const command = (usage: string, description: string, action: (context: CommandContext, args: Args) => Promise<Ran>) =>
    program
      .command(usage)
      .description(description)
      .action(async (...all: unknown[]) => {
        const self = all.at(-1) as Command;
        const flags = self.optsWithGlobals<GlobalFlags & Record<string, unknown>>();
        done(await action(contextOf(flags), { words: self.args, flags }));
      });

  command('train <job>', 'train as a job file says, and publish the model', (context, { words, flags }) =>
    train(words[0] as string, flags as TrainFlags, context),
  ).option('--chaos', 'kill one host in the middle of training (local cloud only)');
  return program;
}

interface Args {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
}

/** An error of the command line itself as LS_USAGE; undefined where it only printed help or the version. */
export function usageError(error: CommanderError): LockstepError | undefined {
  if (error.exitCode === 0) return undefined;
  return new LockstepError('LS_USAGE', error.message.replace(/^error: /, ''), { cause: error });
}
