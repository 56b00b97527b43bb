import { type Command, Option } from 'commander';
import { type Answering, ofMessage, ofRun } from './answer.ts';
import { collected } from './collected.ts';
import { wholeNumber } from './whole-number.ts';

const RANK_MAX = 1_000_000;
const LIMIT_MAX = 10_000;
const PORT_MAX = 65_535;
const RUN_STATES = ['running', 'succeeded', 'failed', 'cancelled', 'unknown'] as const;
const RUN_KINDS = ['train', 'infer', 'pipeline'] as const;

/** Commands that look at runs, or end them. */
export function addRunCommands(program: Command, answer: Answering): void {
  program
    .command('status [run]')
    .description('list runs, or show one')
    .option('--limit <n>', 'so many runs at most', wholeNumber(1, LIMIT_MAX))
    .addOption(new Option('--state <state>', 'only runs in this state').choices(RUN_STATES))
    .addOption(new Option('--kind <kind>', 'only runs of this kind').choices(RUN_KINDS))
    .action(
      answer(async (context, { words, flags }) => {
        const { runRows, status, statusOf, statusTable } = await import('../commands/status.ts');
        const [word] = words;
        const runs = word === undefined ? await status(flags, context) : [await statusOf(word, context)];
        const now = Date.now();
        const lines = word === undefined ? statusTable(runs, now) : runs.flatMap((run) => runRows(run, now));
        return { object: { runs }, lines };
      }),
    );
  program
    .command('attach <run>')
    .description('show a run from where it is to its end; Ctrl-C leaves it, and does not cancel it')
    .option('--logs', 'show what the tasks print, with the rank before it')
    .option('--fetch', 'copy what the run commits to this machine, also where the cloud keeps it')
    .action(
      answer(async (context, { words, flags }) => {
        const { attach } = await import('../commands/attach.ts');
        return ofRun(await attach(words[0] ?? '', flags, context));
      }),
    );
  program
    .command('resume <run>')
    .description(
      'go on with an inference run that failed or was cancelled: what it has committed is not predicted again',
    )
    .option('--fetch', 'copy what the run commits to this machine, also where the cloud keeps it')
    .action(
      answer(async (context, { words }) => {
        const { resume } = await import('../commands/resume.ts');
        return ofRun(await resume(words[0] ?? '', context));
      }),
    );
  program
    .command('replay <run>')
    .description('predict the rows that an inference run has set aside, by its own job or by another model')
    .option('--model <file>', 'what predicts them in place of what the job names')
    .option('--set <key=value>', 'set a field of the job, e.g. onError.model=drop; may be given again', collected)
    .option('--fetch', 'copy what the run commits to this machine, also where the cloud keeps it')
    .action(
      answer(async (context, { words, flags }) => {
        const { replay } = await import('../commands/replay.ts');
        return ofRun(await replay(words[0] ?? '', flags, context));
      }),
    );
  program
    .command('logs <run>')
    .description('show what the tasks of a training run wrote, or the functions of an inference')
    .option('--rank <n>', 'of this rank only', wholeNumber(0, RANK_MAX))
    .addOption(new Option('--functions', 'what the functions of the workflow wrote').conflicts('rank'))
    .option('-f, --follow', 'go on until the run has ended')
    .action(
      answer(async (context, { words, flags }) => {
        const { logs, showLogLine } = await import('../commands/logs.ts');
        const lines = await logs(words[0] ?? '', flags, context);
        return { object: { lines }, lines: lines.map(showLogLine) };
      }),
    );
  program
    .command('report <run>')
    .description('print where the report of a run lies that has ended, and make it where nobody has')
    .option('--open', 'show it in the browser')
    .action(
      answer(async (context, { words, flags }) => {
        const { report } = await import('../commands/report.ts');
        const found = await report(words[0] ?? '', flags, context);
        return { object: { ...found }, lines: [found.report] };
      }),
    );
  program
    .command('compare <run...>')
    .description('show side by side what runs came to')
    .action(
      answer(async (context, { words }) => {
        const [{ compare }, { comparisonTable }] = await Promise.all([
          import('../commands/compare.ts'),
          import('../output/comparison.ts'),
        ]);
        const { runs, figures } = await compare(words, context);
        return { object: { runs, figures }, lines: comparisonTable(runs, figures) };
      }),
    );
  program
    .command('cancel <run>')
    .description('cancel a run and release its hosts')
    .action(
      answer(async (context, { words }) => {
        const { cancel } = await import('../commands/cancel.ts');
        return ofMessage(await cancel(words[0] ?? '', context));
      }),
    );
  program
    .command('read <run>')
    .description('join what an inference run committed into one file: .parquet, .arrow, .arrows or .csv')
    .option('--to <file>', 'the file to write')
    .option('--dead', 'the rows that were set aside, with their reasons; without --to the first of them are shown')
    .action(
      answer(async (context, { words, flags }) => {
        if (flags.dead && flags.to === undefined) {
          const { deadLines, readDead } = await import('../commands/read-dead.ts');
          const letters = await readDead(words[0] ?? '', context);
          return { object: { ...letters }, lines: deadLines(letters) };
        }
        const { read } = await import('../commands/read.ts');
        const { runId, file, rows } = await read(words[0] ?? '', flags, context);
        return { object: { runId, file, rows }, lines: [`${runId}: ${rows.toLocaleString('en')} rows in ${file}`] };
      }),
    );
  program
    .command('verify <run>')
    .description(
      'prove what an inference run committed: every row of its input in one part, and every part as it was written',
    )
    .action(
      answer(async (context, { words }) => {
        const { verify } = await import('../commands/verify.ts');
        return await verify(words[0] ?? '', context);
      }),
    );
  program
    .command('dashboard')
    .description('serve a live page over the runs of the clouds that are up, on this machine alone')
    .option('--port <n>', 'port to use; 0 picks a free one', wholeNumber(0, PORT_MAX))
    .action(
      answer(async (context, { flags }) => {
        const { dashboard } = await import('../commands/dashboard.ts');
        await dashboard(flags, context);
        return { object: {}, lines: ['The dashboard has ended.'] };
      }),
    );
}
