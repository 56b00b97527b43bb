import { type Command, Option } from 'commander';
import { LockstepError } from '#core/errors.ts';
import { type Answering, ofDetached, ofRun } from './answer.ts';
import { collected } from './collected.ts';

const FETCH = 'copy what the run commits to this machine, also where the cloud keeps it';
const SET = 'set a field of the job file, e.g. gang.hosts=4; may be given again';
const DETACH = 'start the run, print its id and leave it to the cloud that is up, or to the stack';
const CHAOS = 'kill one host in the middle of training (local cloud only)';

/** Commands that take a job file. */
export function addJobCommands(program: Command, answer: Answering): void {
  addInit(program, answer);
  program
    .command('train <job> [args...]')
    .description('train as a job file says, and publish the model; what follows -- goes to its tasks')
    .option('--set <key=value>', SET, collected)
    .option('--chaos', CHAOS)
    .option('--logs', 'show what the tasks print, with the rank before it')
    .addOption(new Option('--detach', DETACH).conflicts(['chaos', 'logs', 'fetch']))
    .option('--fetch', FETCH)
    .action(
      answer(async (context, { words, flags }) => {
        const { train, trainDetached } = await import('../commands/train.ts');
        const [job = '', ...args] = words;
        if (args.length > 0 && !process.argv.includes('--')) throw tooMany(args);
        if (flags.detach) return ofDetached(await trainDetached(job, { ...flags, args }, context));
        return ofRun(await train(job, { ...flags, args }, context));
      }),
    );
  program
    .command('infer <job>')
    .description('run a model over Arrow files, and commit the predictions')
    .option('--set <key=value>', SET, collected)
    .addOption(new Option('--detach', DETACH).conflicts('fetch'))
    .option('--fetch', FETCH)
    .action(
      answer(async (context, { words, flags }) => {
        const { infer, inferDetached } = await import('../commands/infer.ts');
        if (flags.detach) return ofDetached(await inferDetached(words[0] ?? '', context, flags));
        return ofRun(await infer(words[0] ?? '', context, flags));
      }),
    );
  program
    .command('pipeline <job>')
    .description('train, publish, and let the arrival of a batch start the inference')
    .option('--chaos', CHAOS)
    .action(
      answer(async (context, { words, flags }) => {
        const { pipeline } = await import('../commands/pipeline.ts');
        return ofRun(await pipeline(words[0] ?? '', flags, context));
      }),
    );
  program
    .command('stream <job>')
    .description('predict the files of a folder as they appear; with --stack, install the job of a deployed stream')
    .option('--set <key=value>', SET, collected)
    .option('--once', 'end when everything that is there is answered')
    .action(
      answer(async (context, { words, flags }) => {
        if (flags.stack !== undefined || flags.outputs !== undefined) {
          const { installedLines, installInStack } = await import('../commands/install-stream.ts');
          const installed = await installInStack(words[0] ?? '', flags, context);
          return { object: { installed }, lines: installedLines(installed) };
        }
        const { stream, streamLines } = await import('../commands/stream.ts');
        const end = await stream(words[0] ?? '', flags, context);
        return { object: { ...end }, lines: streamLines(end) };
      }),
    );
  program
    .command('serve <job>')
    .description('let a job infer whatever is put into its inbox from now on')
    .option('--set <key=value>', SET, collected)
    .action(
      answer(async (context, { words, flags }) => {
        const { serve, servedText } = await import('../commands/serve.ts');
        const line = await serve(words[0] ?? '', context, flags);
        return { object: { served: line }, lines: [servedText(line)] };
      }),
    );
  program
    .command('served')
    .description('list the jobs that serve inboxes, in the clouds that are up or in a stack')
    .action(
      answer(async (context) => {
        const { served, servedText } = await import('../commands/serve.ts');
        const lines = await served(context);
        return {
          object: { served: lines },
          lines: lines.length > 0 ? lines.map(servedText) : ['no job serves an inbox'],
        };
      }),
    );
  program
    .command('unserve <name>')
    .description('end what `serve` began')
    .action(
      answer(async (context, { words }) => {
        const { unserve } = await import('../commands/serve.ts');
        return { object: { unserved: words[0] }, lines: [await unserve(words[0] ?? '', context)] };
      }),
    );
  program
    .command('plan <job>')
    .description('show what a job would do, and start nothing')
    .action(
      answer(async (context, { words }) => {
        const { plan } = await import('../commands/plan.ts');
        return await plan(words[0] ?? '', context);
      }),
    );
}

function addInit(program: Command, answer: Answering): void {
  program
    .command('init')
    .argument('[kind]', 'what to begin with: train, infer, pipeline or stream')
    .description('write a small job that runs as it stands into the working directory; without a kind, list them')
    .option('--python', 'with tasks in Python, in place of TypeScript')
    .action(
      answer(async (_context, { words: [kind], flags }) => {
        const { init, initLines, starterLines, starterList } = await import('../commands/init.ts');
        if (kind === undefined) return { object: { kinds: starterList() }, lines: starterLines() };
        const written = init(kind, flags, process.cwd());
        return { object: { ...written }, lines: initLines(written, flags) };
      }),
    );
}

const tooMany = (args: readonly string[]): LockstepError =>
  new LockstepError('LS_USAGE', `expected one job file, got ${args.join(' ')} too`, {
    remedy: 'What is meant for the tasks comes after `--`.',
  });
