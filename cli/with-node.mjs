// Runs a program with the Node that Lockstep needs, which is installed beside the packages where the machine's own is
// older; see docs/decisions/0001. `node cli/with-node.mjs PROGRAM [ARGUMENT …]`: a `.ts` file, or a command of
// node_modules/.bin. Every script of package.json that needs more than npm itself goes through here, because npm 10 does
// not link the installed Node as a command, so that the PATH of a script would find the machine's.
import { spawn } from 'node:child_process';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { keepCompiledCode } from './code-cache.mjs';
import { isNewEnough, nodeProgram, noNode } from './node-program.mjs';

const HERE = fileURLToPath(import.meta.url);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs a module in this process if its Node is new enough, otherwise in a child with the installed one. */
export async function runModule(file, args) {
  const path = resolve(file);
  // The channel is how the child learns that this process is gone, even if it was killed.
  if (!isNewEnough()) return run(newNode(), [HERE, path, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  keepCompiledCode();
  process.argv = [process.execPath, path, ...args];
  await import(pathToFileURL(path).href);
}

function runCommand(command, args) {
  const bin = join(ROOT, 'node_modules', '.bin');
  const env = { ...process.env, PATH: [dirname(newNode()), bin, process.env.PATH ?? ''].join(delimiter) };
  run(join(bin, command), args, { stdio: 'inherit', env });
}

function newNode() {
  const node = nodeProgram();
  if (node !== undefined) return node;
  process.stderr.write(`${noNode()}\n`);
  process.exit(2);
}

function run(program, args, options) {
  const child = spawn(program, args, options);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', ({ message }) => {
    process.stderr.write(`${message}\n`);
    process.exit(2);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (process.argv[1] === HERE) {
  const [program = '', ...args] = process.argv.slice(2);
  if (/\.[jt]s$/.test(program)) await runModule(program, args);
  else runCommand(program, args);
}
