import { type Command, Option } from 'commander';
import { VARIABLE_FORMS, variableLines } from '../output/cloud-variables.ts';
import { type Answering, ofMessage } from './answer.ts';
import { wholeNumber } from './whole-number.ts';

/** The cloud takes a few ports from there on. */
const FIRST_PORT_MAX = 65_000;

/** The commands below `lockstep local`. */
export function addLocalCommands(program: Command, answer: Answering): void {
  const local = program.command('local').description('a local cloud that several commands share');
  local
    .command('up')
    .description('bring it up and keep it up until Ctrl-C or `local down`')
    .option('--port <n>', 'first port to use; 0 picks free ones', wholeNumber(0, FIRST_PORT_MAX))
    .option('--warehouse <folder>', 'folder of the warehouse: <database>/<table>.parquet')
    .option('--app <command>', 'the command that runs a CDK app of your own, such as "npx ts-node app.ts"')
    .option('--assembly <folder>', 'what `cdk synth` has made of a CDK app of your own')
    .option('--stacks <names>', 'stacks of that app, separated by commas; all without it')
    .addOption(new Option('--env <form>', 'how the variables are printed').choices(VARIABLE_FORMS).default('shell'))
    .action(
      answer(async (context, { flags }) => {
        const { localUp } = await import('../commands/local.ts');
        await localUp(flags, context);
        return { object: {}, lines: ['The local cloud is down.'] };
      }),
    );
  local
    .command('env')
    .description('print the variables of the cloud that is up: eval "$(lockstep local env)"')
    .addOption(new Option('--format <form>', 'how they are written').choices(VARIABLE_FORMS).default('shell'))
    .action(
      answer(async (context, { flags }) => {
        const { localEnv } = await import('../commands/local.ts');
        const variables = await localEnv(context);
        return { object: { variables }, lines: variableLines(variables, flags.format ?? 'shell') };
      }),
    );
  local
    .command('down')
    .description('stop it')
    .option('--purge', 'also remove what runs left on this machine, once you have said yes')
    .option('-y, --yes', 'do not ask')
    .action(
      answer(async (context, { flags }) => {
        const { localDown } = await import('../commands/local.ts');
        return ofMessage(await localDown(flags, context));
      }),
    );
}
