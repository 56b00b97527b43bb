import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { LockstepError } from '#core/errors.ts';

const HOOKS = new URL('../package-hooks.ts', import.meta.url).href;
const TAIL_LINES = 15;

/**
 * Runs `local.prepare` of a job in the job file's folder. `node` means the Node that runs this, which also finds the
 * packages of this clone. LS_DATA_UNREADABLE with the end of its output if it fails.
 */
export async function prepare(command: readonly string[], jobFile: string, signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = command;
  const file = program === 'node' ? process.execPath : program;
  const env = { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${HOOKS}`.trim() };
  const child = spawn(file, args, { cwd: dirname(jobFile), env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = await new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (code, killed) => resolve(code === 0 ? '' : `it ended with ${killed ?? code}`));
  });
  signal.throwIfAborted();
  if (ended === '') return;
  const tail = output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
  throw new LockstepError('LS_DATA_UNREADABLE', `local.prepare \`${command.join(' ')}\` failed: ${ended}\n${tail}`, {
    remedy: `Run it by itself in ${dirname(jobFile)} and correct what it says.`,
  });
}
