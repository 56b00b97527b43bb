import { readFileSync } from 'node:fs';
import { Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT_CODES, LockstepError } from '#core/errors.ts';
import type { CommandContext } from './commands/context.ts';
import type { Finding } from './commands/doctor.ts';
import { VARIABLE_FORMS, variableLines } from './output/cloud-variables.ts';
import { type Summary, summaryLines } from './output/summary.ts';

export interface GlobalFlags {
  readonly json?: boolean;
  readonly stack?: string;
  readonly outputs?: string;
  readonly fetch?: boolean;
}

/** What a command prints on standard output: one object for machines, or lines for people. */
export interface Answer {
  readonly object: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  /** @default 0 */
  readonly exitCode?: number;
}

export interface ProgramOptions {
  /** Makes the context of a command from the flags that every command has. */
  readonly contextOf: (flags: GlobalFlags) => CommandContext;
  /** Gets what the command that ran has to say. */
  readonly done: (answer: Answer) => void;
}

const FETCH = 'copy what the run commits to this machine, also where the cloud keeps it';

/** The command line as a whole. A command is loaded when it is called: help and mistakes are answered at once. */
export function newProgram({ contextOf, done }: ProgramOptions): Command {
  const program = new Command('lockstep')
    .description('Gang-scheduled training and Arrow inference as Step Functions workflows, on this machine or on AWS.')
    .option('--json', 'print the result as one JSON object, on the last line of standard output')
    .addOption(new Option('--cloud <name>', 'where to run').choices(['local']).default('local'))
    .option('--stack <name>', 'use this deployed stack instead of a local cloud (needs --outputs)')
    .option('--outputs <file>', 'file that `cdk deploy --outputs-file` wrote')
    .version(VERSION, '-V, --version', 'print the version of Lockstep, and nothing else')
    .showSuggestionAfterError()
    // Errors are thrown and reported once, by main; commands take these settings over when they are added.
    .configureOutput({ writeErr: () => {} })
    .exitOverride();

  const answer =
    (act: (context: CommandContext, call: Call) => Promise<Answer>) =>
    async (...all: unknown[]): Promise<void> => {
      const self = all.at(-1) as Command;
      const flags = self.optsWithGlobals<GlobalFlags & Record<string, never>>();
      done(await act(contextOf(flags), { words: self.args, flags }));
    };

  program
    .command('train <job> [args...]')
    .description('train as a job file says, and publish the model; what follows -- goes to its tasks')
    .option('--set <key=value>', SET, collected, [])
    .option('--chaos', 'kill one host in the middle of training (local cloud only)')
    .option('--logs', 'show what the tasks print, with the rank before it')
    .option('--fetch', FETCH)
    .action(
      answer(async (context, { words, flags }) => {
        const { train } = await import('./commands/train.ts');
        const [job = '', ...args] = words;
        if (args.length > 0 && !process.argv.includes('--')) throw tooMany(args);
        return ofRun(await train(job, { ...flags, args }, context));
      }),
    );
  program
    .command('infer <job>')
    .description('run a model over Arrow files, and commit the predictions')
    .option('--set <key=value>', SET, collected, [])
    .option('--fetch', FETCH)
    .action(
      answer(async (context, { words, flags }) => {
        const { infer } = await import('./commands/infer.ts');
        return ofRun(await infer(words[0] ?? '', context, flags));
      }),
    );
  program
    .command('pipeline <job>')
    .description('train, publish, and let the arrival of a batch start the inference')
    .option('--chaos', 'kill one host in the middle of training (local cloud only)')
    .action(
      answer(async (context, { words, flags }) => {
        const { pipeline } = await import('./commands/pipeline.ts');
        return ofRun(await pipeline(words[0] ?? '', flags, context));
      }),
    );
  program
    .command('plan <job>')
    .description('show what a job would do, and start nothing')
    .action(
      answer(async (context, { words }) => {
        const { plan } = await import('./commands/plan.ts');
        return await plan(words[0] ?? '', context);
      }),
    );
  program
    .command('status [run]')
    .description('list runs, or show one')
    .option('--limit <n>', 'so many runs at most', wholeNumber(1, LIMIT_MAX))
    .addOption(new Option('--state <state>', 'only runs in this state').choices(RUN_STATES))
    .addOption(new Option('--kind <kind>', 'only runs of this kind').choices(RUN_KINDS))
    .action(
      answer(async (context, { words, flags }) => {
        const { runRows, status, statusOf, statusTable } = await import('./commands/status.ts');
        const [word] = words;
        const runs = word === undefined ? await status(flags, context) : [await statusOf(word, context)];
        const now = Date.now();
        const lines = word === undefined ? statusTable(runs, now) : runs.flatMap((run) => runRows(run, now));
        return { object: { runs }, lines };
      }),
    );
  program
    .command('logs <run>')
    .description('show what the tasks of a training run wrote')
    .option('--rank <n>', 'of this rank only', wholeNumber(0, RANK_MAX))
    .option('-f, --follow', 'go on until the run has ended')
    .action(
      answer(async (context, { words, flags }) => {
        const { logs, showLogLine } = await import('./commands/logs.ts');
        const lines = await logs(words[0] ?? '', flags, context);
        return { object: { lines }, lines: lines.map(showLogLine) };
      }),
    );
  program
    .command('cancel <run>')
    .description('cancel a run and release its hosts')
    .action(
      answer(async (context, { words }) => {
        const { cancel } = await import('./commands/cancel.ts');
        const message = await cancel(words[0] ?? '', context);
        return { object: { message }, lines: [message] };
      }),
    );
  program
    .command('dashboard')
    .description('serve a live page over the runs of the clouds that are up, on this machine alone')
    .option('--port <n>', 'port to use; 0 picks a free one', wholeNumber(0, PORT_MAX))
    .action(
      answer(async (context, { flags }) => {
        const { dashboard } = await import('./commands/dashboard.ts');
        await dashboard(flags, context);
        return { object: {}, lines: ['The dashboard has ended.'] };
      }),
    );
  program
    .command('runs')
    .description('what runs left on this machine')
    .command('rm <run...>')
    .description('remove outputs, logs, result and report of runs from this machine')
    .action(
      answer(async (context, { words }) => {
        const { removeRuns } = await import('./commands/runs.ts');
        const removed = await removeRuns(words, context);
        return { object: { removed }, lines: removed.map((runId) => `${runId}: removed`) };
      }),
    );
  program
    .command('doctor')
    .description('check that this machine has what the local cloud needs')
    .action(
      answer(async (context) => {
        const { doctor } = await import('./commands/doctor.ts');
        return ofFindings(await doctor(context));
      }),
    );
  addLocal(program, answer);
  return program;
}

interface Call {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, never>>;
}

type Answering = (
  act: (context: CommandContext, call: Call) => Promise<Answer>,
) => (...all: unknown[]) => Promise<void>;

function addLocal(program: Command, answer: Answering): void {
  const local = program.command('local').description('a local cloud that several commands share');
  local
    .command('up')
    .description('bring it up and keep it up until Ctrl-C or `local down`')
    .option('--port <n>', 'first port to use; 0 picks free ones', wholeNumber(0, FIRST_PORT_MAX))
    .option('--warehouse <folder>', 'folder of the warehouse: <database>/<table>.parquet')
    .addOption(new Option('--env <form>', 'how the variables are printed').choices(VARIABLE_FORMS).default('shell'))
    .action(
      answer(async (context, { flags }) => {
        const { localUp } = await import('./commands/local.ts');
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
        const { localEnv } = await import('./commands/local.ts');
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
        const { localDown } = await import('./commands/local.ts');
        const message = await localDown(flags, context);
        return { object: { message }, lines: [message] };
      }),
    );
}

const ofRun = (summary: Summary): Answer => ({ object: { ...summary }, lines: summaryLines(summary) });

const ofFindings = (findings: readonly Finding[]): Answer => ({
  object: { ok: findings.every(({ ok }) => ok), findings },
  lines: findings.map(({ name, ok, detail }) => `${ok ? '✓' : '✗'} ${name.padEnd(12)} ${detail}`),
  exitCode: findings.every(({ ok }) => ok) ? 0 : EXIT_CODES.infrastructure,
});

/** Reads a whole number of an option that lies within these bounds. */
const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  };

const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

const SET = 'set a field of the job file, e.g. gang.hosts=4; may be given again';
const collected = (one: string, before: readonly string[]): readonly string[] => [...before, one];
const tooMany = (args: readonly string[]): LockstepError =>
  new LockstepError('LS_USAGE', `expected one job file, got ${args.join(' ')} too`, {
    remedy: 'What is meant for the tasks comes after `--`.',
  });

const RANK_MAX = 1_000_000;
const LIMIT_MAX = 10_000;
const RUN_STATES = ['running', 'succeeded', 'failed', 'cancelled', 'unknown'] as const;
const RUN_KINDS = ['train', 'infer', 'pipeline'] as const;
const PORT_MAX = 65_535;
/** The cloud takes a few ports from there on. */
const FIRST_PORT_MAX = 65_000;

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
