import { shellCommands } from './shell-words.ts';

/** A program of the user's that a command line starts. */
export type Program = ProgramFile | ProgramModule;

interface ProgramFile {
  readonly kind: 'file';
  /** Relative to the folder that the command runs in. */
  readonly path: string;
  /** What runs it; undefined where it runs by itself. */
  readonly interpreter?: string;
  /** False within a text that a shell reads: the file may be made by what comes before it. */
  readonly isCertain: boolean;
}

/** `python -m NAME`: of the folder, or one that is installed. */
interface ProgramModule {
  readonly kind: 'module';
  readonly name: string;
}

const PYTHON = /^(python[\d.]*|pypy[\d.]*)$/;
const SHELL = /^(ba|da|z)?sh$/;
const OTHERS = /^(node|tsx|deno|bun|ruby|perl|julia|Rscript)$/;
/** What takes a Python script or `-m NAME` after options of its own. */
const PYTHON_LAUNCHERS = /^(torchrun|accelerate|deepspeed|composer|uv|coverage)$/;
const LAUNCHER_MODULES = /^(torch\.distributed\.(run|launch)|accelerate\.commands\.launch|deepspeed\.launcher\.\w+)$/;
/** What takes a command after options of its own. */
const WRAPPERS =
  /^(env|nohup|time|nice|exec|setsid|stdbuf|timeout|numactl|taskset|xvfb-run|mpirun|mpiexec|orterun|horovodrun|srun|poetry|pipenv|conda|pdm|hatch)$/;
/** Options of an interpreter that have a value of their own after them. */
const VALUED = new Set(['-W', '-X', '--check-hash-based-pycs', '-r', '--require', '--import', '--loader', '-C', '-t']);

/** The user's programs that a command starts, through launchers, wrappers and shells; none where all are the host's. */
export function programsOf(command: readonly string[]): readonly Program[] {
  return programsIn(command, { isCertain: true, base: '' });
}

/** What may stand before a command in a shell: variables of its own, and words of the shell. */
const BEFORE_COMMAND = /^(\w+=.*|if|then|elif|else|while|until|do|!|\{)$/s;

/** The same for the text of a shell script. */
export function programsOfScript(text: string): readonly Program[] {
  let base = '';
  return shellCommands(text).flatMap((words) => {
    const start = words.findIndex((word) => !BEFORE_COMMAND.test(word));
    const command = start < 0 ? [] : words.slice(start);
    const [first, folder] = command;
    if (first === 'cd' && folder !== undefined) base = isInside(folder) ? `${base}${folder}/` : '/';
    return first === undefined || base.startsWith('/') ? [] : programsIn(command, { isCertain: false, base });
  });
}

interface Setting {
  readonly isCertain: boolean;
  /** Folder that paths are relative to, with a `/` at its end where it is not the first one. */
  readonly base: string;
}

function programsIn([program = '', ...rest]: readonly string[], setting: Setting): readonly Program[] {
  const name = program.split('/').at(-1) ?? '';
  if (program.includes('/') && isInside(program)) return [fileOf(program, undefined, setting)];
  if (PYTHON.test(name)) return pythonProgram(name, rest, setting);
  if (PYTHON_LAUNCHERS.test(name)) return launchedProgram(rest, setting);
  if (SHELL.test(name)) return shellProgram(name, rest, setting);
  if (OTHERS.test(name)) return interpreted(name, rest, setting);
  if (WRAPPERS.test(name)) return programsIn(rest.slice(commandStart(rest)), setting);
  return [];
}

const fileOf = (path: string, interpreter: string | undefined, { isCertain, base }: Setting): Program => ({
  ...{ kind: 'file', path: `${base}${path}`, isCertain },
  ...(interpreter !== undefined && { interpreter }),
});

const isInside = (path: string): boolean => !path.startsWith('/') && !path.startsWith('~') && !path.includes('$');

function pythonProgram(name: string, args: readonly string[], setting: Setting): readonly Program[] {
  const module = args.findIndex((arg) => /^-[a-zA-Z]*m$/.test(arg));
  const script = positional(args);
  if (module >= 0 && (script === undefined || script.at > module)) {
    const target = args[module + 1];
    if (target === undefined) return [];
    if (LAUNCHER_MODULES.test(target)) return launchedProgram(args.slice(module + 2), setting);
    return [{ kind: 'module', name: target }];
  }
  return interpreted(name, args, setting);
}

/** The first argument that is a script or follows `-m`: what stands before it are the launcher's own options. */
function launchedProgram(args: readonly string[], setting: Setting): readonly Program[] {
  const at = args.findIndex((arg) => /^(-m|--module)$/.test(arg) || (/\.py$/.test(arg) && !arg.startsWith('-')));
  const [first, second] = [args[at], args[at + 1]];
  if (first === undefined) return programsIn(args.slice(commandStart(args)), setting);
  if (first.startsWith('-')) return second === undefined ? [] : [{ kind: 'module', name: second }];
  return isInside(first) ? [fileOf(first, 'python', setting)] : [];
}

function shellProgram(name: string, args: readonly string[], setting: Setting): readonly Program[] {
  const text = args.findIndex((arg) => /^-[a-z]*c[a-z]*$/.test(arg));
  return text >= 0 ? programsOfScript(args[text + 1] ?? '') : interpreted(name, args, setting);
}

/** `node -e CODE`, `python -c CODE`, `perl -e CODE`: no file is run. */
const INLINE = /^(-[a-zA-Z]*[ce]|-p|-|--eval|--print)$/;

function interpreted(name: string, args: readonly string[], setting: Setting): readonly Program[] {
  const script = positional(args[0] === 'run' ? args.slice(1) : args);
  return script === undefined || !isInside(script.word) ? [] : [fileOf(script.word, name, setting)];
}

/** The first argument that is neither an option nor the value of one; undefined where the program is given inline. */
function positional(args: readonly string[]): { readonly at: number; readonly word: string } | undefined {
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (INLINE.test(word)) return undefined;
    if (!word.startsWith('-')) return { at, word };
    if (VALUED.has(word)) at++;
  }
  return undefined;
}

/** Where the command begins that a wrapper is given: the first word that is a known program, or a path that no option has before it. */
function commandStart(args: readonly string[]): number {
  const isKnown = (word: string) => [PYTHON, PYTHON_LAUNCHERS, SHELL, OTHERS, WRAPPERS].some((one) => one.test(word));
  const at = args.findIndex((word, i) => {
    if (isKnown(word.split('/').at(-1) ?? '')) return true;
    const isPath = word.includes('/') && !word.includes('=') && !word.startsWith('-');
    return isPath && !(args[i - 1] ?? '').startsWith('-');
  });
  return at < 0 ? args.length : at;
}
