/** Programs whose first argument that is no option is the file that they run. */
const INTERPRETERS = /^(node|deno|bun|python[\d.]*|torchrun|bash|sh|ruby|perl|julia|Rscript)$/;

/**
 * The file of the code package that a task's command line runs, where it names one: `./train.sh`, `bin/train`, or the
 * first argument of an interpreter. Undefined where the command is a program of the host (`nvidia-smi`, `/usr/bin/env`)
 * or an interpreter is told what to run in another way (`python -m package`, `node -e '…'`).
 */
export function packageFile(command: readonly string[]): string | undefined {
  const [program = '', ...rest] = command;
  if (isRelativePath(program)) return program;
  if (!INTERPRETERS.test(program)) return undefined;
  const [first] = rest;
  if (first === undefined || first.startsWith('-') || first.startsWith('/')) return undefined;
  return first;
}

const isRelativePath = (program: string): boolean => program.includes('/') && !program.startsWith('/');
