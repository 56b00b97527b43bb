import { Command, Option } from 'commander';
import { VERSION } from '../version.ts';
import { answering, type ProgramOptions } from './answer.ts';
import { addJobCommands } from './job-commands.ts';
import { addLocalCommands } from './local-commands.ts';
import { addMachineCommands } from './machine-commands.ts';
import { addRunCommands } from './run-commands.ts';

/** The command line as a whole. A command is loaded when it is called: help and mistakes are answered at once. */
export function newProgram(options: ProgramOptions): Command {
  const program = new Command('lockstep')
    .description('Gang-scheduled training and Arrow inference as Step Functions workflows, on this machine or on AWS.')
    .option('--json', 'print the result as one JSON object, on the last line of standard output')
    .addOption(new Option('--cloud <name>', 'where to run').choices(['local']).default('local'))
    .option('--stack <name>', 'use this deployed stack instead of a local cloud (needs --outputs)')
    .option('--outputs <file>', 'file that `cdk deploy --outputs-file` wrote')
    .version(VERSION, '-V, --version', 'print the version of Lockstep, and nothing else')
    .showSuggestionAfterError()
    // Where half of a narrow terminal is left for what they say, commands and options are wrapped too.
    .configureHelp({ minWidthToWrap: 20 })
    // Errors are thrown and reported once, by main; commands take these settings over when they are added.
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  const answer = answering(options);
  addJobCommands(program, answer);
  addRunCommands(program, answer);
  addMachineCommands(program, answer);
  addLocalCommands(program, answer);
  return program;
}
