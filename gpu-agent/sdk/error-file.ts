import { writeFileSync } from 'node:fs';
import { TASK_ENV } from '../wire.ts';

/**
 * Writes why this task failed to the file that the agent reads, in torchelastic's layout. Synchronous, because the
 * process is about to end; silent if there is no file to write to, because the error is on standard error as well.
 */
export function writeErrorFile(error: unknown, env: NodeJS.ProcessEnv = process.env): void {
  const path = env[TASK_ENV.errorFile] ?? env.TORCHELASTIC_ERROR_FILE;
  if (path === undefined) return;
  const { message, stack, code } = describe(error);
  const extraInfo = { callstack: stack, code, timestamp: String(Math.floor(Date.now() / 1000)) };
  try {
    writeFileSync(path, JSON.stringify({ message: { message, extraInfo } }));
  } catch (cause) {
    process.stderr.write(`cannot write ${path}: ${String(cause)}\n`);
  }
}

function describe(error: unknown): { message: string; stack: string; code?: string } {
  if (!(error instanceof Error)) return { message: String(error), stack: '' };
  const named = error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
  const code = (error as { code?: unknown }).code;
  return { message: named, stack: error.stack ?? '', ...(typeof code === 'string' ? { code } : {}) };
}
