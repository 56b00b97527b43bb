import { Argument, type Command } from 'commander';
import { type Home, namesIn } from '../home.ts';
import { STARTER_KINDS } from '../init/starters.ts';
import { listKeptModels } from '../models/kept-models.ts';
import { type Answering, ofFindings } from './answer.ts';
import { complete } from './complete.ts';
import { OFFER_FILES, SHELL_SCRIPTS, SHELLS, type Shell } from './shell-scripts.ts';

/** Commands about what lies on this machine. */
export function addMachineCommands(program: Command, answer: Answering): void {
  addModels(program, answer);
  addCompletion(program, answer);
  program
    .command('runs')
    .description('what runs left on this machine')
    .command('rm <run...>')
    .description('remove outputs, logs, result and report of runs from this machine')
    .action(
      answer(async (context, { words }) => {
        const { removeRuns } = await import('../commands/runs.ts');
        return ofRemoved(await removeRuns(words, context));
      }),
    );
  program
    .command('doctor')
    .description('check that this machine has what the local cloud needs')
    .action(
      answer(async (context) => {
        const { doctor } = await import('../commands/doctor.ts');
        return ofFindings(await doctor(context));
      }),
    );
}

function addModels(program: Command, answer: Answering): void {
  const models = program
    .command('models')
    .description('the models that `published:<name>` can mean: kept on this machine, and in the clouds that are up')
    .action(
      answer(async (context) => {
        const { models, modelsTable } = await import('../commands/models.ts');
        const lines = await models(context);
        return { object: { models: lines }, lines: modelsTable(lines, Date.now()) };
      }),
    );
  models
    .command('rm <model...>')
    .description('remove models from this machine: NAME is all of that name, NAME@RUN or NAME@SHA256 one')
    .action(
      answer(async (context, { words }) => {
        const { removeModels } = await import('../commands/models.ts');
        return ofRemoved(removeModels(words, context));
      }),
    );
  models
    .command('prune')
    .description('remove all but the latest model of each name from this machine')
    .action(
      answer(async (context) => {
        const { pruneModels } = await import('../commands/models.ts');
        return ofRemoved(pruneModels(context));
      }),
    );
}

const ofRemoved = (removed: readonly string[]) => ({
  object: { removed },
  lines: removed.length === 0 ? ['nothing to remove'] : removed.map((id) => `${id}: removed`),
});

function addCompletion(program: Command, answer: Answering): void {
  program
    .command('completion')
    .description('print what makes a shell complete this command: source <(lockstep completion bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(
      answer(async (_context, { words }) => {
        const script = SHELL_SCRIPTS[words[0] as Shell];
        return { object: { script }, lines: script.trimEnd().split('\n') };
      }),
    );
  program.command('__complete [words...]', { hidden: true }).action(
    answer(async ({ home }, { words }) => {
      const { words: found, isFile } = complete(program, [words.slice(0, -1), words.at(-1) ?? ''], {
        run: () => ['latest', ...namesIn(home.runs)],
        model: () => modelNames(home),
        kind: () => STARTER_KINDS,
      });
      return { object: { words: found, isFile }, lines: isFile ? [OFFER_FILES] : found };
    }),
  );
}

const modelNames = (home: Home): readonly string[] => [
  ...new Set(listKeptModels(home).map(({ pointer }) => pointer.name)),
];
