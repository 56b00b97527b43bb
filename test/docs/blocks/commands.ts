import type { Command } from 'commander';
import { newProgram } from '../../../cli/program/program.ts';

/** Programs of others that pages may tell people to run. */
const FOREIGN = [
  'cat',
  'git',
  'cd',
  'pip',
  'python3',
  'export',
  'alias',
  'aws',
  'sleep',
  'eval',
  'source',
  'mkdir',
  'jupyter',
];

/** What is wrong with the commands of a block; nothing if a shell and the program would take all of them. */
export function commandProblems(text: string, scripts: Readonly<Record<string, string>>): readonly string[] {
  return logicalLines(text).flatMap((line) => {
    const problem = problemWith(wordsOf(line), scripts);
    return problem === undefined ? [] : [`${line}: ${problem}`];
  });
}

/** Lines without comments; one that ends with a backslash, or within quotes, goes on. */
function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  let begun = '';
  for (const line of text.split('\n')) {
    begun = begun === '' ? line : `${begun}\n${line}`;
    if (begun.endsWith('\\')) begun = begun.slice(0, -1);
    else if ((begun.match(/(?<!\\)"/g)?.length ?? 0) % 2 === 0) {
      lines.push(begun);
      begun = '';
    }
  }
  return lines
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
    .flatMap((line) => line.split(/\s+(?:&&|;)\s+/));
}

const wordsOf = (line: string): readonly string[] =>
  [...line.replace(/\s+&$/, '').matchAll(/"((?:\\.|[^"])*)"|'([^']*)'|\S+/g)].map(
    ([word, double, single]) => double ?? single ?? word,
  );

function problemWith(words: readonly string[], scripts: Readonly<Record<string, string>>): string | undefined {
  const [first = '', second = '', ...rest] = words;
  if (/^[A-Z_]+=/.test(first)) return undefined;
  if (first === 'lockstep') return refusal([second, ...rest]);
  if (first === 'npx') return second === 'lockstep' ? refusal(rest) : second === 'cdk' ? undefined : `npx ${second}`;
  if (first === 'npm') return npmProblem(second, rest, scripts);
  return FOREIGN.includes(first) ? undefined : `${first} is no command that the pages may use`;
}

function npmProblem(verb: string, rest: readonly string[], scripts: Readonly<Record<string, string>>) {
  const script = verb === 'run' ? (rest[0] ?? '') : ['start', 'test'].includes(verb) ? verb : undefined;
  if (script === undefined) return ['ci', 'install'].includes(verb) ? undefined : `npm ${verb}`;
  if (scripts[script] === undefined) return `package.json has no script ${script}`;
  const own = scripts[script].split('cli/lockstep.mjs')[1]?.trim();
  if (own === undefined) return undefined;
  const given = rest.includes('--') ? rest.slice(rest.indexOf('--') + 1) : [];
  return refusal([...own.split(/\s+/).filter((word) => word !== ''), ...given]);
}

/** What the program says to these words, had it not to do anything; undefined if it takes them. */
export function refusal(words: readonly string[]): string | undefined {
  const program = newProgram({ contextOf: () => undefined as never, done: () => {} });
  let hasActed = false;
  const disarm = (command: Command) => {
    command.action(() => {
      hasActed = true;
    });
    command.commands.forEach(disarm);
  };
  program.commands.forEach(disarm);
  try {
    program.parse(words as string[], { from: 'user' });
    return hasActed ? undefined : 'no command was given';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code === 'commander.helpDisplayed' || code === 'commander.version' ? undefined : message;
  }
}
